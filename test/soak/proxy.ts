import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { adsBootstrap } from '../support/ads-bootstrap.ts'
import { until } from '../support/until.ts'
import { type Memory, type Question, socketsVariable } from './memory.ts'

/** The built proxy in processes of its own. */
export interface SoakedProxy extends AsyncDisposable {
  /** Of a listener. */
  port(listener: string): Promise<number>
  /** Of all processes together. */
  memory(): Promise<Memory>
  /** Gauges that say what is under way and are not zero. */
  gauges(): Promise<readonly string[]>
  /** From now on every request leaves so many bytes and more. */
  leak(bytes: number): Promise<void>
  /** What it said of warnings and errors. */
  readonly complaints: readonly string[]
}

const cli = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url))
const hook = new URL('hook.ts', import.meta.url).href

/** Starts `meshwright proxy`, configured by the control plane at this address, with so many workers or, with one, without any. */
export async function startProxy(xdsAddress: string, workers: number): Promise<SoakedProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'soak-'))
  const bootstrap = join(folder, 'bootstrap.json')
  const id = 'sidecar~127.0.0.1~soak.test~test.svc.cluster.local'
  writeFileSync(bootstrap, adsBootstrap({ id, labels: {}, xdsAddress, apiType: 'DELTA_GRPC' }))
  const args = ['proxy', '--bootstrap', bootstrap, '--log-format', 'json']
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', hook, cli, ...args, '--concurrency', `${workers}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, [socketsVariable]: folder },
    },
  )
  const askAll = (question: Question): Promise<readonly Memory[]> =>
    Promise.all(socketsIn(folder).map((it) => ask(it, question)))
  const said: string[] = []
  const lines = linesOf(child, said)
  const admin = await until('the proxy to start', () => {
    if (child.exitCode !== null) throw new Error(`the proxy ended: ${said.join('')}`)
    const started = lines.map((it) => JSON.parse(it)).find((it) => it.message === 'started')
    return started?.admin as string | undefined
  })
  const page = async (path: string): Promise<string> =>
    (await fetch(`http://${admin}${path}`)).text()
  return {
    port: (name) =>
      until(`the listener ${name}`, async () => {
        const found = new RegExp(`^${name}::.*:(\\d+)$`, 'm').exec(await page('/listeners'))
        return found === null ? undefined : Number(found[1])
      }),
    memory: async () => {
      const all = await askAll({ kind: 'memory' })
      const sum = (of: (it: Memory) => number): number => all.reduce((so, it) => so + of(it), 0)
      return { heapBytes: sum((it) => it.heapBytes), rssBytes: sum((it) => it.rssBytes) }
    },
    gauges: async () => (await page('/stats')).split('\n').filter((it) => underWay.test(it)),
    leak: async (bytes) => void (await askAll({ kind: 'leak', bytes })),
    get complaints() {
      return lines.filter((it) => /"level":"(warn|error)"/.test(it))
    },
    [Symbol.asyncDispose]: async () => {
      const ended = child.exitCode !== null ? undefined : once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

function socketsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((it) => it.endsWith('.sock'))
    .map((it) => join(folder, it))
}

async function ask(socket: string, question: Question): Promise<Memory> {
  const answer = await text(connect(socket).end(JSON.stringify(question)))
  return JSON.parse(answer)
}

/** Pieces of what it writes at the start, for a report. */
const maxSaid = 100

const underWay =
  /^(http\.|http2\.|cluster\.(http|extra)).*(rq_active|rq_pending_active|cx_active|streams_active|send_bytes|upgrades_active|_open): [1-9]/

/** The lines of its log, as they come; `said`: all that it writes beside. */
function linesOf({ stderr, stdout }: ChildProcess, said: string[]): string[] {
  const lines: string[] = []
  stdout?.resume()
  let rest = ''
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < maxSaid) said.push(text)
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.filter((it) => it.startsWith('{')))
  })
  return lines
}
