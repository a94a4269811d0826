import type {
  HeaderMatcherJson,
  RouteActionJson,
  RouteConfigurationJson,
  RouteJson,
  RouteMatchJson,
  StringMatcherJson,
} from '@meshwright/route-matcher'
import fc from 'fast-check'
import { shortText } from './fitting-text.ts'

export interface RouteConfigurationConstraints {
  /** Default: 3. */
  readonly maxVirtualHosts?: number
  /** Per virtual host. Default: 6. */
  readonly maxRoutes?: number
}

/**
 * Route configurations that compile, with every kind of condition and most actions, of so few words that their routes
 * overlap.
 */
export function routeConfigurations({
  maxVirtualHosts = 3,
  maxRoutes = 6,
}: RouteConfigurationConstraints = {}): fc.Arbitrary<RouteConfigurationJson> {
  const hosts = fc.uniqueArray(fc.constantFrom(...domains), { maxLength: maxVirtualHosts })
  const lists = fc.array(fc.array(route, { maxLength: maxRoutes }), {
    minLength: maxVirtualHosts,
    maxLength: maxVirtualHosts,
  })
  return fc
    .tuple(hosts, lists, fc.boolean(), fc.array(tls, { minLength: maxVirtualHosts }))
    .map(([names, routes, ignorePortInHostMatching, requireTls]) => ({
      ignorePortInHostMatching,
      virtualHosts: names.map((domain, i) => ({
        name: `host-${i}`,
        domains: [domain],
        ...(requireTls[i] === true ? { requireTls: 'EXTERNAL_ONLY' } : {}),
        routes: routes[i] ?? [],
      })),
    }))
}

const domains = ['*', 'a', 'a.b', '*.b', '*.a.b', 'a.*', '*b']
const tls = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true))

const path = fc
  .array(fc.constantFrom('a', 'b', 'aa', 'A'), { minLength: 1, maxLength: 3 })
  .map((segments) => `/${segments.join('/')}`)
const patterns = ['/a.*', '/[ab]+', '/a|/b', '/ab?', '/a/\\w', '.*b']
const regex = fc.constantFrom('a.*', '[ab]+', 'a|b', 'ab?', '\\d{1,2}').map((it) => ({ regex: it }))
const name = fc.constantFrom('x-a', 'x-b')
const word = shortText.filter((it) => it !== '')

const text: fc.Arbitrary<StringMatcherJson> = fc.oneof(
  fc.record({ exact: shortText, ignoreCase: fc.boolean() }, { requiredKeys: ['exact'] }),
  word.map((prefix) => ({ prefix })),
  word.map((suffix) => ({ suffix })),
  word.map((contains) => ({ contains })),
  regex.map((safeRegex) => ({ safeRegex })),
)

const pathMatch: fc.Arbitrary<RouteMatchJson> = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(fc.constant('/'), path).map((prefix) => ({ prefix })) },
  { weight: 3, arbitrary: path.map((it) => ({ path: it })) },
  { weight: 2, arbitrary: path.map((pathSeparatedPrefix) => ({ pathSeparatedPrefix })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...patterns).map((it) => ({ safeRegex: { regex: it } })),
  },
  path.map((prefix) => ({ prefix, caseSensitive: false })),
  fc.constantFrom('/a/{x}', '/{x=**}', '/*/b').map((pathTemplate) => ({
    pathMatchPolicy: {
      name: 'uri-template',
      typedConfig: {
        '@type':
          'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
        pathTemplate,
      },
    },
  })),
  fc.constant({ connectMatcher: {} }),
)

const header: fc.Arbitrary<HeaderMatcherJson> = fc
  .tuple(
    fc.oneof(
      fc.record({ name, stringMatch: text }),
      fc.record({ name, presentMatch: fc.boolean() }),
      fc.record({ name, rangeMatch: fc.constant({ start: 1, end: 20 }) }),
      fc.constantFrom('GET', 'PUT').map((exact) => ({ name: ':method', stringMatch: { exact } })),
    ),
    fc.record(
      { invertMatch: fc.constant(true), treatMissingHeaderAsEmpty: fc.constant(true) },
      { requiredKeys: [] },
    ),
  )
  .map(([matcher, flags]) => ({ ...matcher, ...flags }))

const parameter = fc.oneof(
  fc.record({ name: fc.constantFrom('p', 'q'), stringMatch: text }),
  fc.record({ name: fc.constantFrom('p', 'q'), presentMatch: fc.boolean() }),
)

const metadata = fc.record(
  {
    filter: fc.constant('jwt'),
    path: fc.constant([{ key: 'sub' }]),
    value: text.map((stringMatch) => ({ stringMatch })),
    invert: fc.boolean(),
  },
  { requiredKeys: ['filter', 'path', 'value'] },
)

const few = { minLength: 1, maxLength: 2 }

const conditions: fc.Arbitrary<RouteMatchJson> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 5, arbitrary: fc.array(header, few).map((headers) => ({ headers })) },
  fc.array(parameter, few).map((queryParameters) => ({ queryParameters })),
  fc
    .record({ name: fc.constant('c'), stringMatch: text, invertMatch: fc.boolean() })
    .map((cookie) => ({ cookies: [cookie] })),
  fc
    .constantFrom(0, 10, 50, 100)
    .map((numerator) => ({ runtimeFraction: { defaultValue: { numerator } } })),
  fc.constant({ grpc: {} }),
  fc
    .record({ presented: fc.boolean(), validated: fc.boolean() }, { requiredKeys: [] })
    .map((tlsContext) => ({ tlsContext })),
  metadata.map((it) => ({ dynamicMetadata: [it] })),
  text.map((stringMatch) => ({ filterState: [{ key: 'state', stringMatch }] })),
)

const cluster = fc.constantFrom('v1', 'v2', 'v3')

const clusterAction: fc.Arbitrary<RouteActionJson> = fc.oneof(
  { weight: 4, arbitrary: cluster.map((it) => ({ cluster: it })) },
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }))
    .map(([first, second]) => ({
      weightedClusters: {
        clusters: [
          { name: 'v1', weight: first },
          { name: 'v2', weight: second },
        ],
      },
    })),
  fc.record({ cluster, prefixRewrite: fc.constant('/new') }),
  fc.record({ cluster, timeout: fc.constantFrom('0s', '3s') }),
  fc.record({
    cluster,
    retryPolicy: fc.record({ retryOn: fc.constant('5xx'), numRetries: fc.nat(3) }),
  }),
)

const answer: fc.Arbitrary<RouteJson> = fc.oneof(
  { weight: 6, arbitrary: clusterAction.map((route) => ({ route })) },
  fc.constantFrom('/', '/new').map((pathRedirect) => ({ redirect: { pathRedirect } })),
  fc.constantFrom(200, 503).map((status) => ({ directResponse: { status } })),
)

const route: fc.Arbitrary<RouteJson> = fc
  .tuple(pathMatch, conditions, conditions, answer)
  .map(([place, some, more, action]) => {
    const match = { ...place, ...some, ...more }
    const { prefixRewrite, ...rest } = action.route ?? {}
    // A template has rewrites of its own.
    if (prefixRewrite === undefined || place.pathMatchPolicy === undefined)
      return { match, ...action }
    return { match, route: rest }
  })
