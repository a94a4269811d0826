import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What one run of h2load saw. */
export interface H2loadResult {
  readonly requests: number
  readonly perSecond: number
  /** Requests that failed, and answers that were not 2xx. */
  readonly errors: number
}

/** How to load. */
export interface H2loadOptions {
  readonly port: number
  readonly connections: number
  /** Of each connection at once. */
  readonly streams: number
  readonly seconds: number
  /** A file with the body of each request. */
  readonly body: string
  /** The core that h2load is kept on. */
  readonly core: number
}

const run = promisify(execFile)

/** Calls a gRPC method again and again for a while. */
export async function h2load(options: H2loadOptions): Promise<H2loadResult> {
  const { stdout } = await run('taskset', [
    ...['-c', String(options.core), 'h2load', '-t', '1', '-c', String(options.connections)],
    ...['-m', String(options.streams), '-D', String(options.seconds), '-d', options.body],
    ...['-H', 'content-type: application/grpc', '-H', 'te: trailers'],
    `http://127.0.0.1:${options.port}/test.Echo/Unary`,
  ])
  return parseH2load(stdout)
}

/** Reads h2load's report. */
export function parseH2load(report: string): H2loadResult {
  const number = (form: RegExp): number => Number(form.exec(report)?.[1] ?? 0)
  const done = number(/(\d+) done/)
  const succeeded = number(/(\d+) succeeded/)
  return {
    requests: succeeded,
    perSecond: number(/([\d.]+) req\/s/),
    errors: done - Math.min(succeeded, number(/(\d+) 2xx/)),
  }
}
