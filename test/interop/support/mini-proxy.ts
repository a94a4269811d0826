import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A running `meshwright proxy`. */
export interface RunningProxy {
  /** Every line it wrote to standard error. */
  readonly log: readonly string[]
  close(): Promise<void>
}

/** Starts our proxy on the bootstrap that Envoy gets. */
export function startMiniProxy(bootstrap: string): RunningProxy {
  const folder = mkdtempSync(join(tmpdir(), 'mini-proxy-'))
  const file = join(folder, 'bootstrap.yaml')
  writeFileSync(file, bootstrap)
  const child = spawn(
    process.execPath,
    ['packages/cli/dist/main.js', 'proxy', '--bootstrap', file],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(...text.split('\n')))
  const ended = once(child, 'exit')
  return {
    log,
    async close() {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
