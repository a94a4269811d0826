import type { AnyMessageType } from '@meshwright/xds-types'
import { Cluster } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { Listener } from '@meshwright/xds-types/envoy/config/listener/v3'
import { RouteConfiguration } from '@meshwright/xds-types/envoy/config/route/v3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, type MeshProxy, type Resources } from '../src/index.ts'
import { router, service, sidecar, snapshotOf } from './mesh.ts'

const types: Readonly<Record<keyof Resources, AnyMessageType>> = {
  clusters: Cluster,
  endpoints: ClusterLoadAssignment,
  listeners: Listener,
  routes: RouteConfiguration,
}

const hosts = ['reviews', 'ratings', 'details'] as const
const subsets = ['v1', 'v2'] as const

const destination = fc
  .record({ host: fc.constantFrom(...hosts), subset: fc.option(fc.constantFrom(...subsets)) })
  .map(({ host, subset }) => `{host: ${host}${subset === null ? '' : `, subset: ${subset}`}}`)

const match = fc.constantFrom(
  '[]',
  '[{uri: {prefix: /a}}]',
  '[{uri: {exact: /b}}, {headers: {x: {regex: "y+"}}}]',
  '[{queryParams: {q: {exact: "1"}}, ignoreUriCase: true}]',
  '[{withoutHeaders: {x: {}}, method: {exact: GET}}]',
)

const action = fc.oneof(
  fc
    .array(fc.tuple(destination, fc.integer({ min: 1, max: 99 })), { minLength: 1, maxLength: 3 })
    .map((entries) => {
      const weights = entries.map(([to, weight]) => `{destination: ${to}, weight: ${weight}}`)
      return `route: [${weights.join(', ')}]`
    }),
  destination.map((to) => `route: [{destination: ${to}}], mirrors: [{destination: ${to}}]`),
  destination.map((to) => `route: [{destination: ${to}}], timeout: 3s, retries: {attempts: 1}`),
  fc.constant('redirect: {uri: /x}'),
  fc.constant('directResponse: {status: 503}'),
)

const virtualService = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    host: fc.constantFrom(...hosts),
    gateway: fc.constantFrom('mesh', 'edge'),
    routes: fc.array(fc.tuple(match, action), { minLength: 1, maxLength: 4 }),
  })
  .map(({ name, host, gateway, routes }) => ({
    key: `${name}`,
    text: `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default}
spec:
  hosts: [${host}]
  gateways: [${gateway}]
  http: [${routes.map(([when, then]) => `{match: ${when}, ${then}}`).join(', ')}]`,
  }))

const balancer = fc.constantFrom(
  '{simple: RANDOM}',
  '{simple: PASSTHROUGH}',
  '{consistentHash: {httpHeaderName: x}}',
  '{simple: ROUND_ROBIN, warmup: {duration: 10s}}',
)

const rule = fc
  .record({ host: fc.constantFrom(...hosts), algorithm: balancer, ejects: fc.boolean() })
  .map(({ host, algorithm, ejects }) => ({
    key: host,
    text: `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ${host}, namespace: default}
spec:
  host: ${host}
  trafficPolicy: {loadBalancer: ${algorithm}${ejects ? ', outlierDetection: {interval: 1s}' : ''}}
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]`,
  }))

const gateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]`

const outside = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside, namespace: default}
spec:
  hosts: [api.test]
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}, {number: 80, name: http, protocol: HTTP}]`

/** Every host has both subsets, so that no destination is broken. */
const documents = fc
  .tuple(
    fc.uniqueArray(virtualService, { selector: ({ key }) => key, maxLength: 4 }),
    fc.tuple(...hosts.map((host) => rule.filter(({ key }) => key === host))),
  )
  .map(([services, rules]) => [
    gateway,
    outside,
    ...hosts.map((host) => service(host)),
    ...services.map(({ text }) => text),
    ...rules.map(({ text }) => text),
  ])

const proxy: fc.Arbitrary<MeshProxy> = fc.constantFrom(
  sidecar(),
  sidecar({ client: 'meshwright' }),
  sidecar({ interceptionMode: 'REDIRECT', ipAddresses: ['127.0.1.1'] }),
  sidecar({ client: 'grpc' }),
  router(),
)

/** Every value under a key of this name, anywhere in a tree. */
function valuesOf(tree: unknown, key: string): readonly unknown[] {
  if (Array.isArray(tree)) return tree.flatMap((element) => valuesOf(element, key))
  if (typeof tree !== 'object' || tree === null) return []
  return Object.entries(tree).flatMap(([own, value]) =>
    own === key ? [value] : valuesOf(value, key),
  )
}

function clusterReferences({ listeners, routes }: Resources): readonly unknown[] {
  const weighted = valuesOf([listeners, routes], 'weightedClusters')
  return [...valuesOf([listeners, routes], 'cluster'), ...valuesOf(weighted, 'name')]
}

describe('whatever is compiled', () => {
  test('comes out the same in whatever order the documents are, byte for byte', () => {
    const shuffled = documents.chain((texts) =>
      fc.tuple(
        fc.constant(texts),
        fc.shuffledSubarray(texts, { minLength: texts.length, maxLength: texts.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, proxy, ([texts, other], who) => {
        const first = JSON.stringify(compile(snapshotOf(...texts), who))
        expect(JSON.stringify(compile(snapshotOf(...other), who))).toBe(first)
      }),
      { numRuns: 60 },
    )
  })

  test('refers only to clusters that are there, and has endpoints for every EDS cluster', () => {
    fc.assert(
      fc.property(documents, proxy, (texts, who) => {
        const compiled = compile(snapshotOf(...texts), who)
        const clusters = new Set<unknown>(compiled.clusters.map(({ name }) => name))
        const missing = clusterReferences(compiled).filter((name) => !clusters.has(name))
        const eds = compiled.clusters.filter(({ type }) => type === 'EDS')

        expect(missing).toEqual([])
        expect(compiled.endpoints.map(({ clusterName }) => clusterName)).toEqual(
          eds.map(({ name }) => name),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('asks only for routes that are there', () => {
    fc.assert(
      fc.property(documents, proxy, (texts, who) => {
        const { listeners, routes } = compile(snapshotOf(...texts), who)

        expect(new Set(valuesOf(listeners, 'routeConfigName'))).toEqual(
          new Set(routes.map(({ name }) => name)),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('is valid by Envoy’s own rules, with each name and each domain once', () => {
    fc.assert(
      fc.property(documents, proxy, (texts, who) => {
        const compiled = compile(snapshotOf(...texts), who)
        for (const [list, type] of Object.entries(types)) {
          // The keys of `types` are those of the resources.
          const resources = compiled[list as keyof Resources]
          const violations = resources.flatMap((json) => type.validate(type.fromJson(json)))
          const names = resources.map((json) => JSON.stringify(Object.values(json)[0]))

          expect(violations).toEqual([])
          expect(new Set(names).size).toBe(names.length)
        }
        for (const { virtualHosts = [] } of compiled.routes) {
          const domains = virtualHosts.flatMap((virtualHost) => virtualHost.domains ?? [])
          expect(new Set(domains).size).toBe(domains.length)
        }
      }),
      { numRuns: 40 },
    )
  })
})
