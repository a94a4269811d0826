import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What one run of wrk saw. */
export interface WrkResult {
  readonly requests: number
  readonly perSecond: number
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  /** Answers that were not 2xx or 3xx, and socket errors of every kind. */
  readonly errors: number
}

/** How to load. */
export interface WrkOptions {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** The core that wrk is kept on. */
  readonly core: number
}

const run = promisify(execFile)

/** Loads `url` with wrk for a while. */
export async function wrk(options: WrkOptions): Promise<WrkResult> {
  const { stdout } = await run('taskset', [
    ...['-c', String(options.core), 'wrk', '-t', '1', '-c', String(options.connections)],
    ...['-d', `${options.seconds}s`, '--latency', options.url],
  ])
  return parseWrk(stdout)
}

/** Reads wrk's report. */
export function parseWrk(report: string): WrkResult {
  const number = (form: RegExp): number => Number(form.exec(report)?.[1] ?? 0)
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/
    .exec(report)
    ?.slice(1)
    .map(Number)
  return {
    requests: number(/(\d+) requests in/),
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p50: microseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(report)),
    p99: microseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(report)),
    errors:
      number(/Non-2xx or 3xx responses: (\d+)/) + (socketErrors ?? []).reduce((a, b) => a + b, 0),
  }
}

function microseconds(found: RegExpExecArray | null): number {
  const scale = { us: 1, ms: 1_000, s: 1_000_000 }
  return Number(found?.[1] ?? 0) * scale[(found?.[2] ?? 'us') as keyof typeof scale]
}
