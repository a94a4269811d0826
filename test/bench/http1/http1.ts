import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { ensurePrograms } from '../../peers/debian.ts'
import { installEnvoy } from '../../peers/envoy.ts'
import { regressionFactor } from '../committed-bars.ts'
import { cpuNanoseconds } from '../cpu-time.ts'
import { median } from '../median.ts'
import { inRounds, PinnedProcesses, versionOf } from '../pinned-processes.ts'
import { type Bar, barTable, isHeld } from '../routes/bar.ts'
import { type WrkResult, wrk } from '../wrk.ts'
import { backendConfig, proxiesUnderTest } from './proxies.ts'

/** How long and how strictly to measure. */
export interface BenchOptions {
  readonly rounds: number
  readonly seconds: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
}

interface Sample extends WrkResult {
  readonly microsecondsPerRequest: number
}

interface Row {
  readonly name: string
  /** Bytes of the body. */
  readonly bodyBytes: number
  readonly cpuMicroseconds: number
  readonly cpuToNginx: number
  readonly cpuToEnvoy: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly requests: number
  readonly errors: number
}

const proxyCore = 0
const loadCore = 1
const connections = 64
const backendPort = 19_900
const bodies = [1_024, 65_536]
const resultFile = 'test/bench/results/http1.json'

/**
 * HTTP/1.1, bodies of 1 KB and of 64 KB, 64 kept-alive connections through nginx, haproxy, Envoy and mini-proxy: CPU time of the
 * proxy per request, in rounds that visit every proxy, the order turned round every other time.
 */
export async function benchHttp1(options: BenchOptions): Promise<boolean> {
  ensurePrograms({ nginx: 'nginx-light', haproxy: 'haproxy', wrk: 'wrk', taskset: 'util-linux' })
  const rows: Row[] = []
  for (const bodyBytes of bodies) rows.push(...(await measureAll(bodyBytes, options)))
  return report(rows, options)
}

async function measureAll(bodyBytes: number, options: BenchOptions): Promise<Row[]> {
  const processes = new PinnedProcesses()
  try {
    const backend = processes.file('backend.conf', backendConfig(backendPort, bodyBytes))
    await processes.start({ command: ['nginx', '-c', backend], core: loadCore, port: backendPort })
    const proxies = proxiesUnderTest(installEnvoy(), backendPort + 1)
    const pids = new Map<string, number>()
    for (const it of proxies) {
      const command = it.command(processes.file(it.fileName, it.config(backendPort)))
      const { port, environment } = it
      pids.set(it.name, await processes.start({ command, core: proxyCore, port, environment }))
    }
    const samples = new Map<string, Sample[]>(proxies.map((it) => [it.name, []]))
    await inRounds(proxies, options.rounds, async (it, counts) => {
      const sample = await measure(pids.get(it.name) ?? 0, it.port, options.seconds)
      if (counts) samples.get(it.name)?.push(sample)
    })
    return rowsOf(samples, bodyBytes)
  } finally {
    processes.end()
  }
}

async function measure(pid: number, port: number, seconds: number): Promise<Sample> {
  const before = cpuNanoseconds(pid)
  const url = `http://127.0.0.1:${port}/`
  const result = await wrk({ url, connections, seconds, core: loadCore })
  const used = cpuNanoseconds(pid) - before
  return { ...result, microsecondsPerRequest: used / 1_000 / result.requests }
}

function rowsOf(samples: ReadonlyMap<string, readonly Sample[]>, bodyBytes: number): Row[] {
  const cpu = (name: string): number[] =>
    (samples.get(name) ?? []).map((it) => it.microsecondsPerRequest)
  // Paired: the ratio within each round, then the median, because the machine's speed drifts between rounds.
  const paired = (name: string, other: string): number =>
    median(cpu(name).map((own, round) => own / (cpu(other)[round] ?? Number.NaN)))
  return [...samples].map(([name, all]) => ({
    name,
    bodyBytes,
    cpuMicroseconds: median(cpu(name)),
    cpuToNginx: paired(name, 'nginx'),
    cpuToEnvoy: paired(name, 'envoy'),
    perSecond: median(all.map((it) => it.perSecond)),
    p50: median(all.map((it) => it.p50)),
    p99: median(all.map((it) => it.p99)),
    requests: all.reduce((sum, it) => sum + it.requests, 0),
    errors: all.reduce((sum, it) => sum + it.errors, 0),
  }))
}

function report(rows: readonly Row[], options: BenchOptions): boolean {
  const bars = barsOf(rows)
  console.log(`${tableOf(rows)}\n\n${barTable(bars)}`)
  const failures = rows.filter((it) => it.errors > 0 || it.requests === 0)
  for (const it of failures)
    console.error(`${it.name}: ${it.errors} errors in ${it.requests} requests`)
  if (!options.check) {
    writeFileSync(resultFile, `${JSON.stringify(resultOf(rows, options), null, 2)}\n`)
    console.log(`written to ${resultFile}`)
    return failures.length === 0
  }
  const before: { rows: Row[] } = JSON.parse(readFileSync(resultFile, 'utf8'))
  const worse = rows.filter((row) => isWorse(row, before.rows))
  if (worse.length === 0) console.log(`nothing is off by more than ${regressionFactor} times`)
  return failures.length === 0 && worse.length === 0
}

/** Whether a row of ours is off by more than noise from what was committed. */
function isWorse({ name, bodyBytes, cpuToEnvoy }: Row, before: readonly Row[]): boolean {
  if (!name.startsWith('mini-proxy')) return false
  const committed = before.find((it) => it.name === name && it.bodyBytes === bodyBytes)
  if (committed === undefined) {
    throw new Error(`no committed result for ${name}, ${bodyBytes} B: run without --check`)
  }
  const allowed = committed.cpuToEnvoy * regressionFactor
  if (cpuToEnvoy <= allowed) return false
  console.error(
    `${name}, ${bodyBytes} B: ${cpuToEnvoy.toFixed(2)}x Envoy; at most ${allowed.toFixed(2)}x`,
  )
  return true
}

function barsOf(rows: readonly Row[]): Bar[] {
  const row = (name: string, bodyBytes: number): Row => {
    const found = rows.find((it) => it.name === name && it.bodyBytes === bodyBytes)
    if (found === undefined) throw new Error(`${name} was not measured`)
    return found
  }
  const [small, large] = [row('mini-proxy', 1_024), row('mini-proxy', 65_536)]
  const portable = row('mini-proxy, portable', 1_024)
  const envoy = row('envoy', 1_024)
  const cpu = (of: Row, to: 'cpuToEnvoy' | 'cpuToNginx', atMost: number): Bar => ({
    what: `CPU of ${of.name}, ${of.bodyBytes / 1_024} KB, to ${to === 'cpuToEnvoy' ? 'Envoy' : 'nginx'}`,
    unit: 'x',
    measured: of[to],
    atMost,
    detail: `${of.cpuMicroseconds.toFixed(1)} µs per request`,
  })
  return [
    cpu(small, 'cpuToEnvoy', 0.7),
    cpu(small, 'cpuToNginx', 1.25),
    cpu(large, 'cpuToEnvoy', 0.9),
    cpu(large, 'cpuToNginx', 1.35),
    cpu(portable, 'cpuToEnvoy', 0.85),
    {
      what: 'p99 at 64 connections, 1 KB, to Envoy',
      unit: 'x',
      measured: small.p99 / envoy.p99,
      atMost: 1,
      detail: `${small.p99.toFixed(0)} and ${envoy.p99.toFixed(0)} µs`,
    },
  ]
}

function resultOf(rows: readonly Row[], options: BenchOptions): object {
  return {
    command: `npm run bench -- http1 --rounds ${options.rounds} --seconds ${options.seconds}`,
    load: `${bodies.join(' and ')} B, ${connections} kept-alive connections, wrk and backend on core ${loadCore}, proxies on core ${proxyCore}`,
    machine: `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.versions.node}`,
    peers: [versionOf('nginx -v'), versionOf('haproxy -v')],
    rows,
    bars: barsOf(rows).map((bar) => ({ ...bar, held: isHeld(bar) })),
  }
}

function tableOf(rows: readonly Row[]): string {
  const head = [
    'proxy',
    'body B',
    'CPU µs/request',
    'to nginx',
    'to Envoy',
    'requests/s',
    'p50 µs',
    'p99 µs',
    'errors',
  ]
  const body = rows.map((it) => [
    it.name,
    String(it.bodyBytes),
    it.cpuMicroseconds.toFixed(1),
    it.cpuToNginx.toFixed(2),
    it.cpuToEnvoy.toFixed(2),
    it.perSecond.toFixed(0),
    it.p50.toFixed(0),
    it.p99.toFixed(0),
    String(it.errors),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...body.map(line)].join(
    '\n',
  )
}
