import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ensurePrograms } from '../../peers/debian.ts'
import { concludeBars, regressionFactor } from '../committed-bars.ts'
import { cpuNanoseconds } from '../cpu-time.ts'
import type { BenchOptions } from '../http1/http1.ts'
import { median } from '../median.ts'
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
  const folder = mkdtempSync(join(tmpdir(), 'bench-tcp-'))
  const started: number[] = []
  const start = async (
    core: number,
    it: Omit<Relay, 'name' | 'fileName' | 'config'>,
  ): Promise<number> => {
    const child = spawn('taskset', ['-c', String(core), ...it.command(folder)], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin`, ...it.environment },
    })
    if (child.pid === undefined) throw new Error('could not start a process')
    started.push(child.pid)
    await listening(it.port)
    return child.pid
  }
  try {
    await start(loadCore, {
      port: backendPort,
      command: () => [process.execPath, peer, 'backend', String(backendPort)],
    })
    const pids = new Map<Relay, number>()
    for (const it of relays) {
      writeFileSync(join(folder, it.fileName), it.config)
      const command = (): readonly string[] => it.command(join(folder, it.fileName))
      pids.set(it, await start(proxyCore, { ...it, command }))
    }
    return await measureRounds(pids, options)
  } finally {
    for (const pid of started) process.kill(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureRounds(
  pids: ReadonlyMap<Relay, number>,
  { rounds, seconds }: BenchOptions,
): Promise<Samples> {
  const samples = new Map(
    relays.map((it) => [it.name, { bulk: [] as number[], short: [] as number[] }]),
  )
  // The first round warms caches and compilers and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const it of round % 2 === 0 ? relays : relays.toReversed()) {
      for (const load of ['bulk', 'short'] as const) {
        const cost = await measure(pids.get(it) ?? 0, it.port, load, seconds)
        if (round > 0) samples.get(it.name)?.[load].push(cost)
      }
    }
  }
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

/** Waits until somebody listens there. */
async function listening(port: number): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!(await accepts(port))) {
    if (performance.now() > deadline) throw new Error(`nobody listens on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
