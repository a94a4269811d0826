import { readFileSync } from 'node:fs'
import { createProxy, type MeshProxy, viewOf } from '@meshwright/mini-proxy'
import { seededRandom } from '@meshwright/testkit'
import { messageTypeFor } from '@meshwright/xds-types'
import { afterAll, expect, test } from 'vitest'
import { startApp } from './support/app.ts'
import { Disposals } from './support/disposals.ts'
import { call } from './support/http.ts'
import { at, httpManager, type Resources, tls } from './support/resources.ts'

const prefix = 'type.googleapis.com/envoy.config.'
const types = {
  listeners: `${prefix}listener.v3.Listener`,
  routes: `${prefix}route.v3.RouteConfiguration`,
  clusters: `${prefix}cluster.v3.Cluster`,
  endpoints: `${prefix}endpoint.v3.ClusterLoadAssignment`,
}
type Kind = keyof typeof types
const kinds = Object.keys(types) as Kind[]

const fixtures = new URL('../../packages/mini-proxy/test/fixtures/tls/', import.meta.url)
const inline = (name: string) => ({
  inlineString: readFileSync(new URL(`${name}.pem`, fixtures), 'utf8'),
})
const extensions = 'type.googleapis.com/envoy.extensions'

/** Resources that use much of what the proxy knows, so that there is much to break. */
function richResources(port: number): Resources {
  const fault = { '@type': `${extensions}.filters.http.fault.v3.HTTPFault` }
  const cors = { '@type': `${extensions}.filters.http.cors.v3.Cors` }
  const router = { '@type': `${extensions}.filters.http.router.v3.Router` }
  const log = { '@type': `${extensions}.access_loggers.file.v3.FileAccessLog`, path: '/dev/stdout' }
  const inspector = `${extensions}.filters.listener.tls_inspector.v3.TlsInspector`
  return {
    listeners: [
      {
        name: 'in',
        address: at(0),
        listenerFilters: [{ name: 'tls', typedConfig: { '@type': inspector } }],
        listenerFiltersTimeout: '5s',
        filterChains: [
          {
            name: 'tls',
            filterChainMatch: { serverNames: ['a.test', '*.b.test'], transportProtocol: 'tls' },
            filters: [httpManager('main')],
            transportSocket: tls('Downstream', {
              requireClientCertificate: true,
              commonTlsContext: {
                alpnProtocols: ['http/1.1'],
                tlsCertificates: [
                  { certificateChain: inline('server'), privateKey: inline('server-key') },
                ],
                validationContext: {
                  trustedCa: inline('ca'),
                  matchTypedSubjectAltNames: [
                    { sanType: 'URI', matcher: { prefix: 'spiffe://cluster.local/' } },
                  ],
                },
              },
            }),
          },
          {
            name: 'plain',
            filterChainMatch: {
              transportProtocol: 'raw_buffer',
              sourcePrefixRanges: [{ addressPrefix: '127.0.0.0', prefixLen: 8 }],
            },
            filters: [
              httpManager('main', {
                serverName: 'fuzzed',
                useRemoteAddress: true,
                xffNumTrustedHops: 1,
                normalizePath: true,
                mergeSlashes: true,
                stripAnyHostPort: true,
                streamIdleTimeout: '10s',
                requestTimeout: '10s',
                requestHeadersTimeout: '5s',
                maxRequestHeadersKb: 60,
                commonHttpProtocolOptions: { idleTimeout: '60s', maxHeadersCount: 100 },
                accessLog: [
                  {
                    name: 'file',
                    filter: {
                      orFilter: {
                        filters: [
                          {
                            statusCodeFilter: {
                              comparison: {
                                op: 'GE',
                                value: { defaultValue: 400, runtimeKey: 'k' },
                              },
                            },
                          },
                          { responseFlagFilter: { flags: ['UF', 'NR'] } },
                        ],
                      },
                    },
                    typedConfig: {
                      ...log,
                      logFormat: {
                        jsonFormat: {
                          a: '%REQ(:PATH)%',
                          b: ['%DURATION%', { c: '%RESPONSE_FLAGS%' }],
                        },
                      },
                    },
                  },
                ],
                httpFilters: [
                  { name: 'cors', typedConfig: cors },
                  {
                    name: 'fault',
                    typedConfig: {
                      ...fault,
                      abort: {
                        httpStatus: 418,
                        percentage: { numerator: 1, denominator: 'MILLION' },
                      },
                      headers: [{ name: 'x-fault', presentMatch: true }],
                    },
                  },
                  { name: 'router', typedConfig: router },
                ],
              }),
            ],
          },
        ],
      },
    ],
    routes: [
      {
        name: 'main',
        requestHeadersToAdd: [{ header: { key: 'x-a', value: '%REQ(:METHOD)% 100%%' } }],
        virtualHosts: [
          {
            name: 'all',
            domains: ['*', 'a.test', '*.b.test', 'c.*'],
            retryPolicy: { retryOn: '5xx,reset', numRetries: 2, perTryTimeout: '1s' },
            typedPerFilterConfig: { fault },
            responseHeadersToRemove: ['x-remove'],
            routes: [
              {
                match: {
                  safeRegex: { regex: '/re/(a|b)+' },
                  headers: [
                    {
                      name: 'x-h',
                      stringMatch: { safeRegex: { regex: 'v\\d' } },
                      invertMatch: true,
                    },
                    { name: ':method', stringMatch: { exact: 'GET', ignoreCase: true } },
                  ],
                  queryParameters: [{ name: 'q', stringMatch: { suffix: 'z' } }],
                  runtimeFraction: { defaultValue: { numerator: 50, denominator: 'HUNDRED' } },
                },
                route: {
                  weightedClusters: {
                    clusters: [
                      {
                        name: 'a',
                        weight: 30,
                        requestHeadersToAdd: [
                          {
                            header: { key: 'w', value: '1' },
                            appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD',
                          },
                        ],
                      },
                      { name: 'b', weight: 70 },
                    ],
                  },
                  regexRewrite: { pattern: { regex: '/re/(.*)' }, substitution: '/to/\\1' },
                  hashPolicy: [
                    { header: { headerName: 'x-h' } },
                    { cookie: { name: 'c', ttl: '60s' } },
                  ],
                },
              },
              {
                match: { path: '/old' },
                redirect: { hostRedirect: 'new.test', pathRedirect: '/new', responseCode: 'FOUND' },
              },
              {
                match: { prefix: '/teapot' },
                directResponse: { status: 418, body: { inlineString: 'short' } },
              },
              {
                match: { prefix: '/' },
                route: {
                  cluster: 'a',
                  prefixRewrite: '/',
                  timeout: '3s',
                  idleTimeout: '5s',
                  requestMirrorPolicies: [
                    { cluster: 'b', runtimeFraction: { defaultValue: { numerator: 1 } } },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'a',
        type: 'EDS',
        connectTimeout: '1s',
        lbPolicy: 'LEAST_REQUEST',
        leastRequestLbConfig: { choiceCount: 3 },
        edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: 'V3' }, serviceName: 'a' },
        circuitBreakers: {
          thresholds: [
            { maxConnections: 100, maxRequests: 100, maxPendingRequests: 100, maxRetries: 3 },
          ],
        },
        commonLbConfig: { healthyPanicThreshold: { value: 50 }, localityWeightedLbConfig: {} },
        upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 60 } },
      },
      {
        name: 'b',
        type: 'STATIC',
        connectTimeout: '1s',
        loadAssignment: {
          clusterName: 'b',
          endpoints: [
            { lbEndpoints: [{ endpoint: { address: at(port) }, loadBalancingWeight: 2 }] },
          ],
        },
        transportSocketMatches: [
          {
            name: 'tls',
            match: { mode: 'tls' },
            transportSocket: tls('Upstream', {
              sni: 'a.test',
              commonTlsContext: { validationContext: { trustedCa: inline('ca') } },
            }),
          },
        ],
        typedExtensionProtocolOptions: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': `${extensions}.upstreams.http.v3.HttpProtocolOptions`,
            explicitHttpConfig: { httpProtocolOptions: {} },
            commonHttpProtocolOptions: { idleTimeout: '60s', maxRequestsPerConnection: 100 },
          },
        },
      },
    ],
    endpoints: [
      {
        clusterName: 'a',
        policy: { overprovisioningFactor: 140 },
        endpoints: [
          {
            locality: { region: 'r', zone: 'z' },
            loadBalancingWeight: 1,
            priority: 0,
            lbEndpoints: [
              {
                endpoint: { address: at(port) },
                healthStatus: 'HEALTHY',
                loadBalancingWeight: 1,
                metadata: { filterMetadata: { 'envoy.lb': { version: 'v1' } } },
              },
            ],
          },
        ],
      },
    ],
  }
}

type Random = () => number
const pick = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T

const oddValues: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, Number.NaN, 1e308],
  ...[
    '',
    ' ',
    '%',
    '%NOPE%',
    '*',
    '**',
    '\0',
    '\r\n',
    'a'.repeat(5_000),
    '1s',
    '-1s',
    '0s',
    '999999999999s',
  ],
  ...[
    '0.000000001s',
    '(',
    '(?!x)',
    'a{1001}',
    '127.0.0.1',
    '::1',
    'TLS',
    '__proto__',
    'constructor',
    '/',
    'ADS',
  ],
  ...[
    [],
    [[]],
    {},
    [null],
    { '@type': 'x' },
    { '@type': `${prefix}cluster.v3.Cluster` },
    { name: 'x' },
  ],
]

/** A place in JSON that can be changed. */
interface Place {
  readonly parent: Record<string, unknown>
  readonly key: string
}

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found
  const parent = value as Record<string, unknown>
  for (const key of Object.keys(parent)) {
    found.push({ parent, key })
    placesOf(parent[key], found)
  }
  return found
}

/** Changes one place: it goes away, gets another value, most often of its own type, or is doubled. */
function mutate(random: Random, resource: object): void {
  const places = placesOf(resource)
  if (places.length === 0) return
  const { parent, key } = pick(random, places)
  const value = parent[key]
  const alike = (it: unknown) =>
    typeof it === typeof value && Array.isArray(it) === Array.isArray(value)
  const others = places.map((it) => it.parent[it.key])
  const change = Math.floor(random() * 10)
  if (change === 0) delete parent[key]
  else if (change === 1 && Array.isArray(value)) value.push(...structuredClone(value))
  else if (change === 2 && Array.isArray(value)) value.length = 0
  else if (change === 3 && !Array.isArray(parent))
    parent[pick(random, places).key] = structuredClone(value)
  else if (change === 4) parent[key] = structuredClone(pick(random, [...oddValues, ...others]))
  else if (change < 7) parent[key] = structuredClone(pick(random, [...others.filter(alike), value]))
  else parent[key] = structuredClone(pick(random, [...oddValues.filter(alike), value]))
}

/** What the client of xDS would hand on: what decodes and is valid, in the form that it has after decoding. */
function decoded(typeUrl: string, json: object): object | undefined {
  const type = messageTypeFor(typeUrl)
  if (type === undefined) throw new Error(`no type ${typeUrl}`)
  try {
    const message = type.decode(type.encode(type.fromJson({ ...json })))
    return type.validate(message).length === 0 ? Object(type.toJson(message)) : undefined
  } catch {
    return undefined
  }
}

/** Under its old name, so that it is in use; and no mutation may take a port or an address of this machine. */
function anchored(kind: Kind, resource: object, original: object): object {
  if (kind === 'endpoints') return { ...resource, clusterName: 'a' }
  const { name, address } = original as { readonly name?: string; readonly address?: object }
  if (kind !== 'listeners') return { ...resource, name }
  return { ...resource, name, address, additionalAddresses: [], bindToPort: true }
}

const tally = {
  checked: 0,
  refused: 0,
  undecodable: 0,
  applied: 0,
  answered: new Map<number, number>(),
}
afterAll(() => console.log('mutated resources:', tally))

const app = startApp('app')
afterAll(async () => (await app).close())

async function ask(proxy: MeshProxy, path: string): Promise<number> {
  const port = proxy.listeners.get('in')?.port
  if (port === undefined) return 0
  try {
    const headers = { 'x-h': 'v1', 'user-agent': 'fuzz' }
    const { status } = await call({ address: '127.0.0.1', port, host: 'a.test', path, headers })
    return status
  } catch {
    return 0
  }
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
test.each(seeds)(
  'mutated resources are refused or served, never half applied, and end no process (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const base = richResources((await app).port)
    const proxy = createProxy({ accessLog: () => undefined, drainMs: 0 })
    await using stack = new Disposals()
    stack.defer(() => proxy.close())
    for (const kind of kinds) {
      for (const it of base[kind]) {
        expect(proxy.check(types[kind], it)).toBeUndefined()
        expect(decoded(types[kind], it)).toBeDefined()
      }
    }
    const good = viewOf(base)
    await proxy.apply(good)
    expect(await ask(proxy, '/')).toBe(200)

    for (let round = 0; round < 250; round++) {
      const kind = pick(random, kinds)
      const index = Math.floor(random() * base[kind].length)
      const original = base[kind][index] ?? {}
      const mutated: object = structuredClone(original)
      for (let i = 0; i <= random() * 3; i++) mutate(random, mutated)
      tally.checked += 1
      // Whatever it gets, it says yes or why not.
      expect(['string', 'undefined']).toContain(typeof proxy.check(types[kind], mutated))
      const resource = decoded(types[kind], mutated)
      if (resource === undefined) {
        tally.undecodable += 1
        continue
      }
      const safe = anchored(kind, resource, original)
      const view = viewOf({ ...base, [kind]: base[kind].with(index, safe) })
      const reason = proxy.check(types[kind], safe)
      const before = proxy.view
      const error: unknown = await proxy.apply(view).then(
        () => undefined,
        (cause: unknown) => cause,
      )
      const label = `seed ${seed} round ${round}: ${JSON.stringify(safe).slice(0, 2_000)}`
      if (reason !== undefined) {
        tally.refused += 1
        expect(error, label).toMatchObject({ name: 'ProxyError' })
        expect(proxy.view).toBe(before)
        continue
      }
      expect(error, label).toBeUndefined()
      tally.applied += 1
      for (const path of ['/', '/re/ab?q=z', '/old', '/teapot']) {
        const status = await ask(proxy, path)
        tally.answered.set(status, (tally.answered.get(status) ?? 0) + 1)
      }
      await proxy.apply(good)
    }

    expect(await ask(proxy, '/')).toBe(200)
  },
)
