import { ensurePrograms } from '../../peers/debian.ts'
import { installEnvoy } from '../../peers/envoy.ts'
import type { Bar } from '../bar.ts'
import type { BenchOptions } from '../bench-options.ts'
import { concludeBars } from '../committed-bars.ts'
import { type CostRow, costRows, costTable, requireAnswers, rowOf } from '../cost-rows.ts'
import { installedVersion } from '../installed-version.ts'
import { PinnedProcesses, versionOf } from '../pinned-processes.ts'
import { costRatio, loadCore, loadInRounds, type Samples, startProxies } from '../proxy-rounds.ts'
import { type WrkResult, wrk } from '../wrk.ts'
import { backendConfig, http1Proxies, npmProxies } from './proxies.ts'

const connections = 64
const backendPort = 19_900
const small = { name: '1 KB', bodyBytes: 1_024 }
const large = { name: '64 KB', bodyBytes: 65_536 }

/**
 * HTTP/1.1, bodies of 1 KB and of 64 KB, 64 kept-alive connections through nginx, haproxy, Envoy and mini-proxy, and of 1 KB through
 * what npm has: CPU time of the proxy per request, in rounds that visit every proxy, the order turned round every other time.
 */
export async function benchHttp1(options: BenchOptions): Promise<boolean> {
  ensurePrograms({ nginx: 'nginx-light', haproxy: 'haproxy', wrk: 'wrk', taskset: 'util-linux' })
  const ofSmall = await measureAll(small.bodyBytes, options)
  const ofLarge = await measureAll(large.bodyBytes, options)
  const rows = [...costRows(small.name, ofSmall), ...costRows(large.name, ofLarge)]
  console.log(`${costTable(rows)}\n`)
  requireAnswers(rows)
  const { rounds, seconds, check } = options
  const load = `${connections} kept-alive connections, wrk and nginx as backend on core ${loadCore}`
  const npm = ['undici', '@fastify/http-proxy', 'http-proxy-3'].map(installedVersion)
  const peers = [versionOf('nginx -v'), versionOf('haproxy -v'), ...npm]
  const measured = { load, peers, rows }
  const bars = [...costBars(rows), ...npmBars(ofSmall), ...latencyBars(rows)]
  return concludeBars(bars, { name: 'http1', rounds, seconds, check, measured })
}

async function measureAll(
  bodyBytes: number,
  { rounds, seconds }: BenchOptions,
): Promise<Samples<WrkResult>> {
  const processes = new PinnedProcesses()
  try {
    const backend = processes.file('backend.conf', backendConfig(backendPort, bodyBytes))
    await processes.start({ command: ['nginx', '-c', backend], core: loadCore, port: backendPort })
    const proxies = [
      ...http1Proxies(installEnvoy(), backendPort + 1, backendPort),
      ...(bodyBytes === small.bodyBytes ? npmProxies(backendPort + 6, backendPort) : []),
    ]
    const pids = await startProxies(processes, proxies)
    return await loadInRounds(pids, rounds, (port) =>
      wrk({ url: `http://127.0.0.1:${port}/`, connections, seconds, core: loadCore }),
    )
  } finally {
    await processes.end()
  }
}

const ours = 'mini-proxy'

function costBars(rows: readonly CostRow[]): Bar[] {
  const to = (peer: 'nginx' | 'Envoy', load: string, name: string): Omit<Bar, 'atMost'> => {
    const row = rowOf(rows, load, name)
    return {
      what: `CPU of ${name}, ${load}, to ${peer}`,
      unit: 'x',
      measured: peer === 'nginx' ? row.cpuToNginx : row.cpuToEnvoy,
      detail: `${row.cpuMicroseconds.toFixed(1)} µs per request`,
    }
  }
  return [
    { ...to('Envoy', small.name, ours), atMost: 0.7, stretch: 0.6 },
    { ...to('nginx', small.name, ours), atMost: 1.25 },
    { ...to('Envoy', large.name, ours), atMost: 0.9, stretch: 0.75 },
    { ...to('nginx', large.name, ours), atMost: 1.35, stretch: 1.15 },
    { ...to('Envoy', small.name, `${ours}, portable`), atMost: 0.85 },
  ]
}

function npmBars(samples: Samples<WrkResult>): Bar[] {
  const cheaper = { undici: 2.8, '@fastify/http-proxy': 4.5, 'http-proxy-3': 6 }
  return Object.entries(cheaper).map(([name, atLeast]) => ({
    what: `CPU of ${name}, 1 KB, to mini-proxy`,
    unit: 'x',
    measured: costRatio(samples, name, ours),
    atLeast,
    detail: 'so many times cheaper is a request through ours',
  }))
}

function latencyBars(rows: readonly CostRow[]): Bar[] {
  const p99 = (name: string): number => rowOf(rows, small.name, name).p99 ?? Number.NaN
  const to = (name: string, title: string): Omit<Bar, 'atMost'> => ({
    what: `p99 at ${connections} connections, 1 KB, to ${title}`,
    unit: 'x',
    measured: p99(ours) / p99(name),
    // A second has few slow requests, and other programs of the machine cause most of them.
    slack: 8,
    detail: `${p99(ours).toFixed(0)} and ${p99(name).toFixed(0)} µs, medians of the rounds`,
  })
  return [
    { ...to('envoy', 'Envoy'), atMost: 1 },
    { ...to('nginx', 'nginx'), stretch: 1 },
  ]
}
