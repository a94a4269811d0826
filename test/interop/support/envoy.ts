import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installEnvoy } from '../../peers/envoy.ts'
import { until } from '../../support/until.ts'

/** A running real Envoy. */
export interface RunningEnvoy {
  /** Text of one of its admin pages. */
  admin(path: string): Promise<string>
  /** What it wrote to its log. */
  readonly log: readonly string[]
  close(): Promise<void>
}

/** Starts Envoy on a bootstrap and waits for its admin interface. Access logs are written at once. */
export async function startEnvoy(bootstrap: string): Promise<RunningEnvoy> {
  const folder = mkdtempSync(join(tmpdir(), 'envoy-'))
  const file = join(folder, 'bootstrap.yaml')
  const addressFile = join(folder, 'admin')
  writeFileSync(file, bootstrap)
  const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'warning']
  flags.push('--file-flush-interval-msec', '20')
  // Envoy opens /dev/stdout anew for its access log, which fails on the socket that Node makes of a pipe.
  const child = spawn(installEnvoy(), [...flags, '--admin-address-path', addressFile, '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(...text.split('\n')))
  const ended = once(child, 'exit')
  const address = await until('the admin interface of Envoy', () => {
    if (child.exitCode !== null) throw new Error(`Envoy ended: ${log.join('\n')}`)
    return existsSync(addressFile) ? readFileSync(addressFile, 'utf8') || undefined : undefined
  })
  return {
    log,
    admin: async (path) => (await fetch(`http://${address}${path}`)).text(),
    close: () => end(child, ended, folder),
  }
}

async function end(child: ChildProcess, ended: Promise<unknown>, folder: string): Promise<void> {
  child.kill('SIGKILL')
  await ended
  rmSync(folder, { recursive: true, force: true })
}

/** The counters and gauges of `/stats` that match a filter. */
export async function statsOf(envoy: RunningEnvoy, filter: string): Promise<Map<string, string>> {
  const text = await envoy.admin(`/stats?filter=${encodeURIComponent(filter)}`)
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes(': '))
      .map((line) => {
        const at = line.indexOf(': ')
        return [line.slice(0, at), line.slice(at + 2).replaceAll('"', '')]
      }),
  )
}
