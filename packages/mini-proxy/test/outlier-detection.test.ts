// Hosts that fail are left out for a while, and come back: by what they answer, and by what comes of reaching them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ManualClock } from '@meshwright/testkit'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { afterEach, expect, test } from 'vitest'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, endpoint, http, listener, tcpProxy } from './resources.ts'
import { exchange, serve } from './sockets.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A server that answers with its name, and with the status and headers that `behaviour` says at the time. */
async function host(
  name: string,
): Promise<{ port: number; status: number; headers: object; hangs: boolean; requests: number }> {
  const behaviour = { port: 0, status: 200, headers: {}, hangs: false, requests: 0 }
  const server = createServer((_request, response) => {
    behaviour.requests++
    if (!behaviour.hangs) response.writeHead(behaviour.status, { ...behaviour.headers }).end(name)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  behaviour.port = (server.address() as AddressInfo).port
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return behaviour
}

interface Started {
  readonly proxy: MeshProxy
  /** Statuses and bodies of so many requests, one after the other. */
  ask(count: number, headers?: Record<string, string>): Promise<string[]>
  stat(name: string): number | undefined
  /** Addresses of ejected hosts. */
  ejected(): string[]
}

async function started(
  ports: readonly number[],
  outlierDetection: NonNullable<ClusterJson['outlierDetection']>,
  { route = {}, ...options }: ProxyOptions & { route?: object } = {},
): Promise<Started> {
  const proxy = createProxy(options)
  closing.push(() => proxy.close())
  const clusters = [cluster('c', ports, { outlierDetection })]
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'c', ...route } }]
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [http('main')])],
      clusters,
      routes: [{ name: 'main', virtualHosts: [{ name: 'all', domains: ['*'], routes }] }],
    }),
  )
  return {
    proxy,
    ask: (count, headers = {}) => ask(proxy, count, headers),
    stat: (name) => statOf(proxy, name),
    ejected: () =>
      (proxy.clusters[0]?.hosts ?? []).filter((it) => it.ejected).map((it) => it.address),
  }
}

async function ask(
  proxy: MeshProxy,
  count: number,
  headers: Record<string, string>,
): Promise<string[]> {
  const answers: string[] = []
  for (let i = 0; i < count; i++) {
    const url = `http://127.0.0.1:${proxy.listeners.get('in')?.port}/`
    const answer = await fetch(url, { headers })
    answers.push(`${answer.status} ${await answer.text()}`)
  }
  return answers
}

function statOf(proxy: MeshProxy, name: string): number | undefined {
  const found = proxy.stats.list().find((it) => it.name === `cluster.c.${name}`)?.instrument
  return found?.kind === 'histogram' ? undefined : found?.value
}

const count = (all: readonly string[], one: string): number => all.filter((it) => it === one).length

test('a host that answers 5xx is left out until its time is over, longer each time', async () => {
  const [a, b, c] = [await host('a'), await host('b'), await host('c')]
  const time = new ManualClock()
  const { ask, stat, ejected } = await started(
    [a.port, b.port, c.port],
    { consecutive5xx: 3, interval: '1s', baseEjectionTime: '5s', maxEjectionPercent: 50 },
    { clock: time, timers: time },
  )
  b.status = 500
  const before = await ask(30)
  expect(count(before, '500 b')).toBe(3)
  expect(count(before, '200 a') + count(before, '200 c')).toBe(27)
  expect(ejected()).toEqual([`127.0.0.1:${b.port}`])
  expect(stat('outlier_detection.ejections_active')).toBe(1)
  expect(stat('outlier_detection.ejections_enforced_total')).toBe(1)
  expect(stat('outlier_detection.ejections_enforced_consecutive_5xx')).toBe(1)
  expect(stat('membership_healthy')).toBe(2)

  time.advance(4999)
  expect(ejected()).toHaveLength(1)
  time.advance(1)
  expect(ejected()).toEqual([])
  expect(stat('outlier_detection.ejections_active')).toBe(0)
  expect(stat('membership_healthy')).toBe(3)

  expect(count(await ask(30), '500 b')).toBe(3)
  time.advance(9000)
  expect(ejected()).toHaveLength(1)
  time.advance(1000)
  expect(ejected()).toEqual([])
  expect(stat('outlier_detection.ejections_enforced_total')).toBe(2)
})

test('of fewer than ten hosts none is ejected unless the percentage is raised, and that is counted', async () => {
  const [a, b] = [await host('a'), await host('b')]
  const { ask, stat, ejected } = await started([a.port, b.port], { consecutive5xx: 2 })
  b.status = 500
  expect(count(await ask(12), '500 b')).toBe(6)
  expect(ejected()).toEqual([])
  expect(stat('outlier_detection.ejections_overflow')).toBe(3)
  expect(stat('outlier_detection.ejections_detected_consecutive_5xx')).toBe(3)
})

test('with every host ejected the cluster is in panic, and all of them are used', async () => {
  const [a, b] = [await host('a'), await host('b')]
  const detection = { consecutive5xx: 1, maxEjectionPercent: 100 }
  const { ask, ejected } = await started([a.port, b.port], detection)
  a.status = 500
  b.status = 500
  await ask(4)
  expect(ejected()).toHaveLength(2)
  a.status = 200
  b.status = 200
  expect(new Set(await ask(10))).toEqual(new Set(['200 a', '200 b']))
})

test('gRPC answers count by their status if it is in the head', async () => {
  const [a, b] = [await host('a'), await host('b')]
  const detection = { consecutive5xx: 2, alwaysEjectOneHost: true }
  const { ask, ejected } = await started([a.port, b.port], detection)
  b.headers = { 'grpc-status': '14' }
  await ask(10)
  expect(ejected()).toEqual([])
  await ask(10, { 'content-type': 'application/grpc' })
  expect(ejected()).toEqual([`127.0.0.1:${b.port}`])
})

test('hosts that are not reached count as failing, and by themselves where origins are told apart', async () => {
  const [a, gone] = [await host('a'), await serve(() => undefined)]
  await gone.close()
  const together = await started([a.port, gone.port], {
    consecutive5xx: 2,
    consecutiveLocalOriginFailure: 1,
    alwaysEjectOneHost: true,
  })
  const answers = await together.ask(10)
  expect(count(answers, '200 a')).toBe(8)
  expect(together.stat('outlier_detection.ejections_enforced_consecutive_5xx')).toBe(1)

  const apart = await started([a.port, gone.port], {
    consecutive5xx: 1,
    consecutiveLocalOriginFailure: 3,
    splitExternalLocalOriginErrors: true,
    alwaysEjectOneHost: true,
  })
  expect(count(await apart.ask(10), '200 a')).toBe(7)
  const stat = 'outlier_detection.ejections_enforced_consecutive_local_origin_failure'
  expect(apart.stat(stat)).toBe(1)
  expect(apart.stat('outlier_detection.ejections_enforced_consecutive_5xx')).toBe(0)
})

test('a host that does not answer in time counts as failing', async () => {
  const [a, b] = [await host('a'), await host('b')]
  b.hangs = true
  const detection = { consecutiveGatewayFailure: 2, enforcingConsecutiveGatewayFailure: 100 }
  const { ask, stat } = await started(
    [a.port, b.port],
    { ...detection, alwaysEjectOneHost: true },
    { route: { timeout: '0.05s' } },
  )
  const answers = await ask(10)
  expect(count(answers, '504 upstream request timeout')).toBe(2)
  expect(stat('outlier_detection.ejections_enforced_consecutive_gateway_failure')).toBe(1)
})

test('a host that fails more than the others is found by comparing them', async () => {
  const hosts = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(host))
  const time = new ManualClock()
  const { ask, stat, ejected } = await started(
    hosts.map((it) => it.port),
    {
      consecutive5xx: 0,
      interval: '1s',
      maxEjectionPercent: 20,
      successRateRequestVolume: 20,
      successRateStdevFactor: 1000,
    },
    { clock: time, timers: time },
  )
  const third = hosts[2]
  if (third !== undefined) third.status = 500
  await ask(100)
  expect(ejected()).toEqual([])
  // What is judged is the interval that is over.
  time.advance(1000)
  expect(ejected()).toEqual([`127.0.0.1:${third?.port}`])
  expect(stat('outlier_detection.ejections_enforced_success_rate')).toBe(1)
})

test('with retries clients see no error while a host is found to fail', async () => {
  const [a, b, c] = [await host('a'), await host('b'), await host('c')]
  b.status = 503
  const { ask, ejected } = await started(
    [a.port, b.port, c.port],
    { maxEjectionPercent: 50 },
    {
      route: {
        retryPolicy: { retryOn: '5xx', numRetries: 2, retryBackOff: { baseInterval: '0.001s' } },
      },
    },
  )
  const answers = await ask(100)
  expect(count(answers, '200 a') + count(answers, '200 c')).toBe(100)
  expect(b.requests).toBe(5)
  expect(ejected()).toHaveLength(1)
})

test('TCP hosts that refuse connections are left out', async () => {
  const says = await serve((socket) => socket.end('here'))
  const gone = await serve(() => undefined)
  closing.push(says.close)
  await gone.close()
  const proxy = createProxy()
  closing.push(() => proxy.close())
  const outlierDetection = { consecutive5xx: 2, alwaysEjectOneHost: true }
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('c')])],
      clusters: [cluster('c', [says.port, gone.port], { outlierDetection })],
    }),
  )
  const heard: string[] = []
  for (let i = 0; i < 12; i++) {
    heard.push(await exchange(proxy.listeners.get('in')?.port ?? 0, ''))
  }
  expect(count(heard, '')).toBe(2)
  expect(count(heard, 'here')).toBe(10)
  expect(statOf(proxy, 'outlier_detection.ejections_active')).toBe(1)
})

test('a host that is gone is not counted any more, nor is a cluster that is replaced', async () => {
  const [a, b] = [await host('a'), await host('b')]
  b.status = 500
  const proxy = createProxy()
  closing.push(() => proxy.close())
  const at = (...ports: number[]): object => ({
    clusterName: 'c',
    endpoints: [{ lbEndpoints: ports.map((port) => endpoint('127.0.0.1', port)) }],
  })
  const detection = { consecutive5xx: 1, alwaysEjectOneHost: true }
  const view = (endpoints: object, outlierDetection: object): ReturnType<typeof viewOf> =>
    viewOf({
      listeners: [listener('in', [http('main')])],
      routes: [
        {
          name: 'main',
          virtualHosts: [
            {
              name: 'all',
              domains: ['*'],
              routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }],
            },
          ],
        },
      ],
      clusters: [cluster('c', [], { type: 'EDS', outlierDetection })],
      endpoints: [endpoints],
    })
  const active = (): number | undefined => statOf(proxy, 'outlier_detection.ejections_active')
  const total = (): number | undefined =>
    statOf(proxy, 'outlier_detection.ejections_enforced_total')

  await proxy.apply(view(at(a.port, b.port), detection))
  await ask(proxy, 4, {})
  expect(active()).toBe(1)
  await proxy.apply(view(at(a.port), detection))
  expect(active()).toBe(0)
  await proxy.apply(view(at(a.port, b.port), detection))
  await ask(proxy, 4, {})
  expect([active(), total()]).toEqual([1, 2])
  await proxy.apply(view(at(a.port, b.port), { ...detection, interval: '3s' }))
  expect([active(), total()]).toEqual([0, 2])
  await ask(proxy, 4, {})
  expect([active(), total()]).toEqual([1, 3])
})

test('what makes no sense is refused, and what is not done is warned of', async () => {
  const warnings: string[] = []
  const proxy = createProxy({
    log: ({ level, message }) => level === 'warn' && warnings.push(message),
  })
  closing.push(() => proxy.close())
  const outlierDetection = { baseEjectionTime: '10s', maxEjectionTime: '1s' }
  await expect(
    proxy.apply(viewOf({ clusters: [cluster('c', [9], { outlierDetection })] })),
  ).rejects.toThrow(/outlier_detection: maxEjectionTimeMs/)

  await proxy.apply(
    viewOf({
      clusters: [
        cluster('c', [9], { outlierDetection: { detectDegradedHosts: true } }),
        cluster('o', [], {
          type: 'ORIGINAL_DST',
          lbPolicy: 'CLUSTER_PROVIDED',
          loadAssignment: {},
          outlierDetection: {},
        }),
      ],
    }),
  )
  expect(warnings.sort()).toEqual([
    'Cluster.outlier_detection of type ORIGINAL_DST is accepted but does nothing',
    'Cluster.outlier_detection.detect_degraded_hosts is accepted but does nothing',
  ])
})
