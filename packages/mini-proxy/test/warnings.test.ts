import { afterEach, expect, test } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { cluster, endpoint, http, listener, routesTo } from './resources.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function started(): { proxy: MeshProxy; warnings: string[] } {
  const warnings: string[] = []
  const proxy = createProxy({
    log: ({ level, message }) => level === 'warn' && warnings.push(message),
  })
  closing.push(() => proxy.close())
  return { proxy, warnings }
}

const hedged = {
  name: 'routes',
  virtualHosts: [
    {
      name: 'all',
      domains: ['*'],
      hedgePolicy: { hedgeOnPerTryTimeout: true, initialRequests: 2 },
      routes: [
        {
          match: { prefix: '/' },
          route: {
            cluster: 'backend',
            rateLimits: [{ actions: [{ remoteAddress: {} }] }],
            internalRedirectPolicy: {},
            flushTimeout: '1s',
            retryPolicy: {
              retryOn: '5xx',
              retryHostPredicate: [
                { name: 'envoy.retry_host_predicates.previous_hosts' },
                { name: 'envoy.retry_host_predicates.omit_canary_hosts' },
                { name: 'envoy.retry_host_predicates.mine' },
              ],
            },
          },
        },
      ],
    },
  ],
}

const ofRoutes = [
  'route configuration routes: hedge_policy.initial_requests is not honoured',
  'route configuration routes: retry_policy.retry_host_predicate envoy.retry_host_predicates.mine is not honoured',
  'route configuration routes: route.flush_timeout is not honoured',
  'route configuration routes: route.internal_redirect_policy is not honoured',
]

test('routes that ask for what the router does not do are warned of once, discovered or inline', async () => {
  const discovered = started()
  await discovered.proxy.apply(viewOf({ routes: [hedged] }))
  await discovered.proxy.apply(viewOf({ routes: [{ ...hedged }] }))
  expect(discovered.warnings.sort()).toEqual(ofRoutes)

  const inline = started()
  const manager = http('', { rds: undefined, routeConfig: hedged })
  await inline.proxy.apply(viewOf({ listeners: [listener('in', [manager])] }))
  expect(inline.warnings.sort()).toEqual(ofRoutes)
})

test('limits that are not kept are warned of once', async () => {
  const { proxy, warnings } = started()
  const policy = { endpointStaleAfter: '30s' }
  const eds = {
    name: 'eds',
    type: 'EDS' as const,
    edsClusterConfig: { edsConfig: { ads: {} } },
    circuitBreakers: {
      thresholds: [
        { maxConnections: 1, maxConnectionPools: 4_294_967_295 },
        { priority: 'HIGH' as const, maxConnectionPools: 1 },
      ],
      perHostThresholds: [{ maxConnections: 1 }],
    },
  }
  const endpoints = [
    { clusterName: 'eds', policy, endpoints: [{ lbEndpoints: [endpoint('127.0.0.1', 9)] }] },
  ]
  await proxy.apply(viewOf({ clusters: [eds], endpoints }))
  await proxy.apply(
    viewOf({ clusters: [{ ...eds }], endpoints: endpoints.map((it) => ({ ...it })) }),
  )

  expect(warnings.sort()).toEqual([
    'Cluster.circuit_breakers.thresholds.max_connection_pools is accepted but does nothing',
    'ClusterLoadAssignment.policy.endpoint_stale_after is accepted but does nothing',
  ])
})

test('a plain configuration is warned of in nothing', async () => {
  const { proxy, warnings } = started()
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [http('routes')])],
      routes: [routesTo('routes', 'backend')],
      clusters: [cluster('backend', [9])],
    }),
  )
  expect(warnings).toEqual([])
})

test('apply refuses the route configurations that check refuses', async () => {
  const { proxy } = started()
  const routes = {
    ...routesTo('routes', 'backend'),
    typedPerFilterConfig: { mine: { '@type': 'type.googleapis.com/some.Config' } },
  }
  await expect(proxy.apply(viewOf({ routes: [routes] }))).rejects.toThrow(/some\.Config/)
})
