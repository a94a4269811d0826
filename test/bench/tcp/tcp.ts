import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ensurePrograms } from '../../peers/debian.ts'
import { concludeBars, regressionFactor } from '../committed-bars.ts'
import { cpuNanoseconds } from '../cpu-time.ts'
import type { BenchOptions } from '../http1/http1.ts'
import { median } from '../median.ts'
import { inRounds, PinnedProcesses } from '../pinned-processes.ts'
import type { Bar } from '../routes/bar.ts'

interface Relay {
  readonly name: string
  readonly port: number
  readonly fileName: string
  readonly config: string
  command(file: string): readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

type Load = 'bulk' | 'short'

const proxyCore = 0
const loadCore = 1
const backendPort = 19_940
const connections: Readonly<Record<Load, number>> = { bulk: 4, short: 16 }
const peer = fileURLToPath(new URL('peer.ts', import.meta.url))

/**
 * Relayed TCP through haproxy and mini-proxy: CPU time of the proxy per GB over 4 connections that download without end, and
 * per connection that is made, says one byte, hears it and ends, 16 at a time. Rounds visit every proxy, the order turned round
 * every other time; haproxy once with splice() and once without.
 */
export async function benchTcp(options: BenchOptions): Promise<boolean> {
  ensurePrograms({ haproxy: 'haproxy', taskset: 'util-linux' })
  const samples = await measureAll(options)
  for (const [name, { bulk, short }] of samples) {
    const perGb = (median(bulk) * 1e9).toFixed(3)
    console.log(`${name}: ${perGb} s per GB, ${(median(short) * 1e6).toFixed(0)} µs per connection`)
  }
  return concludeBars(barsOf(samples), {
    name: 'tcp',
    rounds: options.rounds,
    check: options.check,
    isWorse: (bar, committed) =>
      bar.measured > regressionFactor * Math.max(committed, bar.atMost ?? 0),
  })
}

/** Seconds of CPU per byte, and per connection, of each round. */
type Samples = ReadonlyMap<string, Readonly<Record<Load, number[]>>>

async function measureAll(options: BenchOptions): Promise<Samples> {
  const processes = new PinnedProcesses()
  try {
    const backend = [process.execPath, peer, 'backend', String(backendPort)]
    await processes.start({ command: backend, core: loadCore, port: backendPort })
    const pids = new Map<Relay, number>()
    for (const it of relays) {
      const command = it.command(processes.file(it.fileName, it.config))
      pids.set(it, await processes.start({ ...it, command, core: proxyCore }))
    }
    return await measureRounds(pids, options)
  } finally {
    processes.end()
  }
}

async function measureRounds(
  pids: ReadonlyMap<Relay, number>,
  { rounds, seconds }: BenchOptions,
): Promise<Samples> {
  const samples = new Map(
    relays.map((it) => [it.name, { bulk: [] as number[], short: [] as number[] }]),
  )
  await inRounds(relays, rounds, async (it, counts) => {
    for (const load of ['bulk', 'short'] as const) {
      const cost = await measure(pids.get(it) ?? 0, it.port, load, seconds)
      if (counts) samples.get(it.name)?.[load].push(cost)
    }
  })
  return samples
}

async function measure(pid: number, port: number, load: Load, seconds: number): Promise<number> {
  const before = cpuNanoseconds(pid)
  const args = [peer, load, String(port), String(connections[load]), String(seconds)]
  const { stdout } = await run('taskset', ['-c', String(loadCore), process.execPath, ...args])
  const count = Number(stdout)
  if (!(count > 0)) throw new Error(`nothing came through port ${port}`)
  return (cpuNanoseconds(pid) - before) / 1e9 / count
}

const run = promisify(execFile)

function barsOf(samples: Samples): Bar[] {
  const paired = (load: Load, to: string): number => {
    const own = samples.get('mini-proxy')?.[load] ?? []
    return median(own.map((it, round) => it / (samples.get(to)?.[load][round] ?? Number.NaN)))
  }
  const own = samples.get('mini-proxy')
  return [
    {
      what: 'CPU of mini-proxy per byte, 4 downloads, to haproxy with splice',
      unit: 'x',
      measured: paired('bulk', 'haproxy, splice'),
      atMost: 1.15,
      detail: `${(median(own?.bulk ?? []) * 1e9).toFixed(3)} s per GB`,
    },
    {
      what: 'CPU of mini-proxy per short connection, to haproxy',
      unit: 'x',
      measured: paired('short', 'haproxy'),
      atMost: 1.6,
      detail: `${(median(own?.short ?? []) * 1e6).toFixed(0)} µs per connection`,
    },
  ]
}

function haproxy(port: number, more: string): string {
  return `global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  ${more}
frontend in
  bind 127.0.0.1:${port}
  default_backend out
backend out
  server one 127.0.0.1:${backendPort}
`
}

function bootstrap(port: number): string {
  const address = (it: number): string =>
    `{ socket_address: { address: 127.0.0.1, port_value: ${it} } }`
  const type = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
  return `node: { id: bench, cluster: bench }
static_resources:
  listeners:
    - name: in
      address: ${address(port)}
      filter_chains:
        - filters:
            - name: tcp
              typed_config: { "@type": ${type}, stat_prefix: in, cluster: out }
  clusters:
    - name: out
      type: STATIC
      load_assignment:
        cluster_name: out
        endpoints: [{ lb_endpoints: [{ endpoint: { address: ${address(backendPort)} } }] }]
`
}

const entry = import.meta.resolve('@meshwright/cli')
const cli = fileURLToPath(new URL(entry.endsWith('.ts') ? 'main.ts' : 'main.js', entry))

function ofHaproxy(name: string, port: number, more: string): Relay {
  return {
    name,
    port,
    fileName: `${port}.cfg`,
    config: haproxy(port, more),
    command: (file) => ['haproxy', '-db', '-f', file],
  }
}

function miniProxy(
  name: string,
  port: number,
  environment: Readonly<Record<string, string>> = {},
): Relay {
  return {
    name,
    port,
    environment,
    fileName: `${port}.yaml`,
    config: bootstrap(port),
    command: (file) => [process.execPath, ...process.execArgv, cli, 'proxy', '--bootstrap', file],
  }
}

const relays: readonly Relay[] = [
  ofHaproxy('haproxy', backendPort + 1, ''),
  ofHaproxy('haproxy, splice', backendPort + 2, 'option splice-response\n  option splice-request'),
  miniProxy('mini-proxy', backendPort + 3),
  miniProxy('mini-proxy, portable', backendPort + 4, { MESHWRIGHT_IO: 'portable' }),
]
