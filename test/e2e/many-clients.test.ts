import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js'
import { createXdsServer } from '@meshwright/xds-server'
import {
  DeltaDiscoveryRequest,
  type DeltaDiscoveryRequestJson,
  DeltaDiscoveryResponse,
  DiscoveryRequest,
  type DiscoveryRequestJson,
  DiscoveryResponse,
} from '@meshwright/xds-types/envoy/service/discovery/v3'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { Disposals } from './support/disposals.ts'
import {
  edsCluster,
  endpointsOf,
  httpListener,
  type Resources,
  routesTo,
} from './support/resources.ts'

const prefix = 'type.googleapis.com/envoy.config.'
const cluster = `${prefix}cluster.v3.Cluster`
const endpoints = `${prefix}endpoint.v3.ClusterLoadAssignment`
const listener = `${prefix}listener.v3.Listener`
const route = `${prefix}route.v3.RouteConfiguration`

type Request = DiscoveryRequestJson | DeltaDiscoveryRequestJson

/** A simulated proxy: wants two clusters with endpoints, a listener and its routes, and accepts all. */
class SimulatedProxy implements Disposable {
  /** Per type, when something of it came last. */
  readonly cameAt = new Map<string, number>()
  readonly versions = new Map<string, string>()
  failure: string | undefined
  readonly #client: Client
  readonly #call: ClientDuplexStream<Request, { typeUrl?: string; nonce?: string }>

  constructor(port: number, id: number, variant: 'sotw' | 'delta') {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    })
    const service = '/envoy.service.discovery.v3.AggregatedDiscoveryService'
    const node = { id: `sidecar~10.0.0.1~n${id}.default~default.svc.cluster.local` }
    const delta = variant === 'delta'
    this.#call = this.#client.makeBidiStreamRequest(
      `${service}/${delta ? 'DeltaAggregatedResources' : 'StreamAggregatedResources'}`,
      (json: Request) =>
        Buffer.from(
          delta
            ? DeltaDiscoveryRequest.encode(DeltaDiscoveryRequest.fromJson(json))
            : DiscoveryRequest.encode(DiscoveryRequest.fromJson(json)),
        ),
      (bytes: Buffer) => (delta ? this.#deltaFrom(bytes) : this.#sotwFrom(bytes)),
    )
    this.#call.on('error', (error) => {
      this.failure = error.message
    })
    const names = (...all: string[]) =>
      delta ? { resourceNamesSubscribe: all } : { resourceNames: all }
    const wanted = [
      { typeUrl: cluster },
      { typeUrl: endpoints, ...names('a', 'b') },
      { typeUrl: listener },
      { typeUrl: route, ...names('main') },
    ]
    this.#call.on('data', ({ typeUrl = '', nonce = '' }) => {
      this.cameAt.set(typeUrl, performance.now())
      const it = wanted.find((one) => one.typeUrl === typeUrl)
      const answer = delta ? { typeUrl } : { ...it, versionInfo: this.versions.get(typeUrl) ?? '' }
      this.#call.write({ ...answer, typeUrl, responseNonce: nonce })
    })
    for (const it of wanted) this.#call.write({ ...it, node })
  }

  [Symbol.dispose](): void {
    this.#call.cancel()
    this.#client.close()
  }

  #sotwFrom(bytes: Buffer) {
    const {
      typeUrl = '',
      nonce = '',
      versionInfo = '',
    } = DiscoveryResponse.toJson(DiscoveryResponse.decode(bytes))
    this.versions.set(typeUrl, versionInfo)
    return { typeUrl, nonce }
  }

  #deltaFrom(bytes: Buffer) {
    const {
      typeUrl = '',
      nonce = '',
      systemVersionInfo = '',
    } = DeltaDiscoveryResponse.toJson(DeltaDiscoveryResponse.decode(bytes))
    this.versions.set(typeUrl, systemVersionInfo)
    return { typeUrl, nonce }
  }
}

test('200 proxies, half of them on delta, accept the same version of a change that was encoded once', async () => {
  let resources: Resources = {
    listeners: [httpListener('in', 'main')],
    routes: [routesTo('main', 'a')],
    clusters: [edsCluster('a'), edsCluster('b')],
    endpoints: [endpointsOf('a', 1), endpointsOf('b', 2)],
  }
  const convergences: number[] = []
  const server = createXdsServer({
    // Made anew for each client and each push, as a compiler would.
    resourcesFor: () => structuredClone(resources),
    events: { converged: ({ durationMs }) => void convergences.push(durationMs) },
  })
  await using stack = new Disposals()
  stack.defer(() => server.close())
  const { port } = await server.listen({ port: 0 })
  const count = 200
  const proxies = Array.from({ length: count }, (_, id) =>
    stack.use(new SimulatedProxy(port, id, id % 2 === 0 ? 'sotw' : 'delta')),
  )
  await until('all to be served', () => {
    const failed = proxies.find((it) => it.failure !== undefined)
    if (failed) throw new Error(failed.failure)
    return proxies.every((it) => it.cameAt.size === 4)
  })
  await server.settled()
  expect(server.encoded).toBe(6)

  const startMs = performance.now()
  resources = { ...resources, endpoints: [endpointsOf('a', 1, 3), endpointsOf('b', 2)] }
  server.push('endpoints')
  await server.settled()
  const lastAckMs = performance.now() - startMs

  expect(server.encoded).toBe(7)
  const delays = proxies
    .map((it) => (it.cameAt.get(endpoints) ?? Number.NaN) - startMs)
    .sort((a, b) => a - b)
  const percentile = (share: number) => delays[Math.ceil(share * count) - 1]?.toFixed(0)
  console.log(
    `${count} proxies: change there after p50 ${percentile(0.5)}, p90 ${percentile(0.9)}, p99 ${percentile(0.99)} ms; last ACK after ${lastAckMs.toFixed(0)} ms`,
  )
  console.log(histogram(delays))
  expect(delays.every((it) => it > 0)).toBe(true)
  for (const type of [cluster, listener, route]) {
    expect(proxies.every((it) => (it.cameAt.get(type) ?? 0) < startMs)).toBe(true)
  }
  const accepted = server
    .clients()
    .flatMap(({ types }) => types.filter((it) => it.typeUrl === endpoints))
    .map(({ status, accepted: mark }) => `${status} ${mark?.version}`)
  expect(accepted).toHaveLength(count)
  expect(new Set(accepted).size).toBe(1)
  expect(accepted[0]).toMatch(/^SYNCED ./)
  expect(new Set(proxies.map((it) => it.versions.get(endpoints))).size).toBe(1)
  expect(convergences).toHaveLength(1)
  expect(lastAckMs).toBeLessThan(5_000)

  // A push that changes nothing sends nothing.
  const before = proxies.map((it) => it.cameAt.get(endpoints))
  server.push('nothing')
  await server.settled()
  expect(proxies.map((it) => it.cameAt.get(endpoints))).toEqual(before)
  expect(server.encoded).toBe(7)
})

/** How many of these milliseconds fall into each tenth of their range. */
function histogram(sorted: readonly number[]): string {
  const [first = 0] = sorted
  const width = Math.max(((sorted.at(-1) ?? 0) - first) / 10, 0.1)
  const counts = new Array<number>(11).fill(0)
  for (const ms of sorted) {
    const bin = Math.min(Math.floor((ms - first) / width), 9)
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
    .slice(0, 10)
    .map((it, i) => `${(first + i * width).toFixed(0).padStart(6)} ms ${'#'.repeat(it)} ${it}`)
    .join('\n')
}
