import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ensurePrograms } from '../../peers/debian.ts'
import type { Bar } from '../bar.ts'
import type { BenchOptions } from '../bench-options.ts'
import { concludeBars } from '../committed-bars.ts'
import { PinnedProcesses, versionOf } from '../pinned-processes.ts'
import { haproxyConfig, tcpBootstrap } from '../proxy-configs.ts'
import {
  cost,
  costRatio,
  type LoadResult,
  loadCore,
  loadInRounds,
  type Samples,
  startProxies,
} from '../proxy-rounds.ts'
import { haproxy, miniProxy, type ProxyUnderTest } from '../proxy-under-test.ts'

const backendPort = 19_940
const connections = { bulk: 4, short: 16 }
const peer = fileURLToPath(new URL('peer.ts', import.meta.url))

/**
 * Relayed TCP through haproxy and mini-proxy: CPU time of the proxy per GB over 4 connections that download without end, and
 * per connection that is made, says one byte, hears it and ends, 16 at a time. Rounds visit every proxy, the order turned round
 * every other time; haproxy once with splice() and once without.
 */
export async function benchTcp(options: BenchOptions): Promise<boolean> {
  ensurePrograms({ haproxy: 'haproxy', taskset: 'util-linux' })
  const { bulk, short } = await measureAll(options)
  const rows = [...bulk.keys()].map((name) => ({
    name,
    secondsPerGb: cost(bulk, name) * 1e3,
    microsecondsPerConnection: cost(short, name),
  }))
  for (const { name, secondsPerGb, microsecondsPerConnection } of rows) {
    const perConnection = microsecondsPerConnection.toFixed(0)
    console.log(`${name}: ${secondsPerGb.toFixed(3)} s per GB, ${perConnection} µs per connection`)
  }
  const measured = { peers: [versionOf('haproxy -v')], rows }
  return concludeBars(barsOf(bulk, short), { name: 'tcp', ...options, measured })
}

interface TcpSamples {
  /** For each byte. */
  readonly bulk: Samples<LoadResult>
  /** For each connection. */
  readonly short: Samples<LoadResult>
}

async function measureAll({ rounds, seconds }: BenchOptions): Promise<TcpSamples> {
  const processes = new PinnedProcesses()
  try {
    const backend = [process.execPath, peer, 'backend', String(backendPort)]
    await processes.start({ command: backend, core: loadCore, port: backendPort })
    const pids = await startProxies(processes, relays)
    return {
      bulk: await loadInRounds(pids, rounds, (port) => load(port, 'bulk', seconds)),
      short: await loadInRounds(pids, rounds, (port) => load(port, 'short', seconds)),
    }
  } finally {
    await processes.end()
  }
}

async function load(port: number, kind: 'bulk' | 'short', seconds: number): Promise<LoadResult> {
  const args = [peer, kind, String(port), String(connections[kind]), String(seconds)]
  const { stdout } = await run('taskset', ['-c', String(loadCore), process.execPath, ...args])
  const requests = Number(stdout)
  if (!(requests > 0)) throw new Error(`nothing came through port ${port}`)
  return { requests }
}

const run = promisify(execFile)

function barsOf(bulk: TcpSamples['bulk'], short: TcpSamples['short']): Bar[] {
  return [
    {
      what: 'CPU of mini-proxy per byte, 4 downloads, to haproxy with splice',
      unit: 'x',
      measured: costRatio(bulk, 'mini-proxy', 'haproxy, splice'),
      atMost: 1.15,
      detail: `${(cost(bulk, 'mini-proxy') * 1e3).toFixed(3)} s per GB`,
    },
    {
      what: 'CPU of mini-proxy per short connection, to haproxy',
      unit: 'x',
      measured: costRatio(short, 'mini-proxy', 'haproxy'),
      atMost: 1.6,
      detail: `${cost(short, 'mini-proxy').toFixed(0)} µs per connection`,
    },
  ]
}

const splice = ['option splice-response', 'option splice-request']
const at = (index: number): { port: number; backend: number } => ({
  port: backendPort + index,
  backend: backendPort,
})
const ofHaproxy = (name: string, index: number, defaults: readonly string[]): ProxyUnderTest => {
  const config = haproxyConfig({ ...at(index), mode: 'tcp', defaults })
  return haproxy({ name, port: at(index).port, config })
}
const ofOurs = (name: string, index: number, io: 'fast' | 'portable'): ProxyUnderTest =>
  miniProxy({ name, port: at(index).port, config: tcpBootstrap(at(index)) }, io)

const relays: readonly ProxyUnderTest[] = [
  ofHaproxy('haproxy', 1, []),
  ofHaproxy('haproxy, splice', 2, splice),
  ofOurs('mini-proxy', 3, 'fast'),
  ofOurs('mini-proxy, portable', 4, 'portable'),
]
