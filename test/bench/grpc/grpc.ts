import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ensurePrograms } from '../../peers/debian.ts'
import { installEnvoy } from '../../peers/envoy.ts'
import { regressionFactor } from '../committed-bars.ts'
import { cpuNanoseconds } from '../cpu-time.ts'
import { median } from '../median.ts'
import { inRounds, PinnedProcesses, versionOf } from '../pinned-processes.ts'
import { type H2loadOptions, type H2loadResult, h2load } from './h2load.ts'
import { type GrpcProxy, grpcProxies } from './proxies.ts'

/** How long and how strictly to measure. */
export interface GrpcBenchOptions {
  readonly rounds: number
  readonly seconds: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
}

interface Sample extends H2loadResult {
  readonly microsecondsPerRequest: number
}

interface Row {
  readonly load: string
  readonly name: string
  readonly cpuMicroseconds: number
  readonly cpuToHaproxy: number
  readonly cpuToEnvoy: number
  readonly perSecond: number
  readonly requests: number
  readonly errors: number
}

const proxyCore = 0
const loadCore = 1
const backendPort = 19_950
const resultFile = 'test/bench/results/grpc.json'
const messageBytes = 100
const loads = [
  { name: '8 connections x 16 streams', connections: 8, streams: 16 },
  { name: '64 x 1', connections: 64, streams: 1 },
]

/**
 * Unary gRPC calls of 100 B through nginx, haproxy, Envoy and mini-proxy: CPU time of the proxy per call, in rounds that
 * visit every proxy, the order turned round every other time.
 */
export async function benchGrpc(options: GrpcBenchOptions): Promise<boolean> {
  ensurePrograms({
    nginx: 'nginx-light',
    haproxy: 'haproxy',
    h2load: 'nghttp2-client',
    taskset: 'util-linux',
  })
  const processes = new PinnedProcesses()
  try {
    const echo = fileURLToPath(new URL('echo-server.ts', import.meta.url))
    const node = [process.execPath, '--conditions=@meshwright/source']
    const backend = [...node, echo, String(backendPort)]
    await processes.start({ command: backend, core: loadCore, port: backendPort })
    const body = processes.file('message', message())
    const proxies = grpcProxies(installEnvoy(), backendPort + 1)
    const pids = new Map<string, number>()
    for (const it of proxies) {
      const command = it.command(processes.file(it.fileName, it.config(backendPort)))
      pids.set(it.name, await processes.start({ command, core: proxyCore, port: it.port }))
    }
    const rows: Row[] = []
    for (const load of loads) {
      const visit = (it: GrpcProxy): Promise<Sample> =>
        measure(pids.get(it.name) ?? 0, it.port, { ...load, seconds: options.seconds, body })
      rows.push(...rowsOf(load.name, await rounds(proxies, options.rounds, visit)))
    }
    return report(rows, options)
  } finally {
    processes.end()
  }
}

/** The samples of every proxy. */
async function rounds(
  proxies: readonly GrpcProxy[],
  count: number,
  visit: (proxy: GrpcProxy) => Promise<Sample>,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(proxies.map((it) => [it.name, []]))
  await inRounds(proxies, count, async (it, counts) => {
    const sample = await visit(it)
    if (counts) samples.get(it.name)?.push(sample)
  })
  return samples
}

async function measure(
  pid: number,
  port: number,
  load: Omit<H2loadOptions, 'port' | 'core'>,
): Promise<Sample> {
  const before = cpuNanoseconds(pid)
  const result = await h2load({ ...load, port, core: loadCore })
  const used = cpuNanoseconds(pid) - before
  return { ...result, microsecondsPerRequest: used / 1000 / result.requests }
}

/** A message of gRPC: not compressed, its length, and bytes. */
function message(): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(messageBytes, 1)
  return Buffer.concat([head, Buffer.alloc(messageBytes, 'm')])
}

function rowsOf(load: string, samples: ReadonlyMap<string, readonly Sample[]>): Row[] {
  const cpu = (name: string): number[] =>
    (samples.get(name) ?? []).map((it) => it.microsecondsPerRequest)
  // Paired: the ratio within each round, then the median, because the machine's speed drifts between rounds.
  const paired = (name: string, other: string): number =>
    median(cpu(name).map((own, round) => own / (cpu(other)[round] ?? Number.NaN)))
  return [...samples].map(([name, all]) => ({
    load,
    name,
    cpuMicroseconds: median(cpu(name)),
    cpuToHaproxy: paired(name, 'haproxy'),
    cpuToEnvoy: paired(name, 'envoy'),
    perSecond: median(all.map((it) => it.perSecond)),
    requests: all.reduce((sum, it) => sum + it.requests, 0),
    errors: all.reduce((sum, it) => sum + it.errors, 0),
  }))
}

function report(rows: readonly Row[], options: GrpcBenchOptions): boolean {
  console.log(tableOf(rows))
  const failures = rows.filter((it) => it.errors > 0 || it.requests === 0)
  for (const it of failures) {
    console.error(`${it.name}, ${it.load}: ${it.errors} errors in ${it.requests} calls`)
  }
  if (!options.check) {
    const { rounds, seconds } = options
    const result = {
      command: `npm run bench -- grpc --rounds ${rounds} --seconds ${seconds}`,
      load: `unary, ${messageBytes} B, h2load and echo server on core ${loadCore}, proxies on core ${proxyCore}`,
      machine: `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.versions.node}`,
      peers: [versionOf('nginx -v'), versionOf('haproxy -v'), versionOf('h2load --version')],
      rows,
    }
    writeFileSync(resultFile, `${JSON.stringify(result, null, 2)}\n`)
    console.log(`written to ${resultFile}`)
    return failures.length === 0
  }
  const before: { rows: Row[] } = JSON.parse(readFileSync(resultFile, 'utf8'))
  const ours = (list: readonly Row[], load: string): number =>
    list.find((it) => it.name === 'mini-proxy' && it.load === load)?.cpuToEnvoy ?? Number.NaN
  const held = loads.map(({ name }) => {
    const allowed = ours(before.rows, name) * regressionFactor
    console.log(
      `${name}: ${ours(rows, name).toFixed(2)}x Envoy; may be at most ${allowed.toFixed(2)}x`,
    )
    return ours(rows, name) <= allowed
  })
  return failures.length === 0 && held.every(Boolean)
}

function tableOf(rows: readonly Row[]): string {
  const head = [
    ...['load', 'proxy', 'CPU µs/call', 'to haproxy', 'to Envoy'],
    ...['calls/s', 'errors'],
  ]
  const body = rows.map((it) => [
    it.load,
    it.name,
    it.cpuMicroseconds.toFixed(1),
    it.cpuToHaproxy.toFixed(2),
    it.cpuToEnvoy.toFixed(2),
    it.perSecond.toFixed(0),
    String(it.errors),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = line(head.map((_, i) => (i < 2 ? '---' : '--:')))
  return [line(head), rule, ...body.map(line)].join('\n')
}
