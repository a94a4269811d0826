import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  normalizePath,
  type PlainRequest,
  RouteConfigError,
  type RouteConfigurationJson,
  type RouteMatchJson,
  request,
} from '../src/index.ts'
import { configurationOf, passes } from './route-tables.ts'

const network = 'type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3'
const uriTemplate =
  'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'

const filterConfig = 'type.googleapis.com/envoy.config.route.v3.FilterConfig'

const never = { name: ':method', stringMatch: { exact: 'NEVER' } }
const everything: RouteMatchJson[] = [
  { prefix: '/a', caseSensitive: false, headers: [never] },
  { path: '/a', caseSensitive: false, headers: [never] },
  { safeRegex: { regex: '/(a|b)+.*' }, headers: [never] },
  { pathSeparatedPrefix: '/a/b', headers: [never] },
  {
    pathMatchPolicy: { name: 'x', typedConfig: { '@type': uriTemplate, pathTemplate: '/{a}/**' } },
    headers: [never],
  },
  { prefix: '', headers: [{ name: 'a', rangeMatch: { start: '-5', end: '5' } }, never] },
  {
    prefix: '',
    headers: [{ name: 'a', safeRegexMatch: { regex: '.*' }, invertMatch: true }, never],
  },
  { prefix: '', headers: [{ name: 'a', stringMatch: { suffix: 'é', ignoreCase: true } }, never] },
  { prefix: '', headers: [{ name: ':authority', stringMatch: { contains: 'x' } }, never] },
  {
    prefix: '',
    queryParameters: [{ name: 'a', stringMatch: { safeRegex: { regex: '.+' } } }],
    headers: [never],
  },
  { prefix: '', cookies: [{ name: 'a', stringMatch: { exact: 'b' } }], headers: [never] },
  { prefix: '', grpc: {}, headers: [never] },
  { prefix: '', tlsContext: { presented: true }, headers: [never] },
  {
    prefix: '',
    dynamicMetadata: [
      {
        filter: 'a',
        path: [{ key: 'a' }],
        value: { listMatch: { oneOf: { doubleMatch: { exact: 1 } } } },
      },
    ],
    headers: [never],
  },
  {
    prefix: '',
    filterState: [{ key: 'a', addressMatch: { ranges: [{ addressPrefix: '::', prefixLen: 1 }] } }],
    headers: [never],
  },
  {
    prefix: '',
    runtimeFraction: { defaultValue: { numerator: 1 }, runtimeKey: 'a' },
    headers: [never],
  },
  { connectMatcher: {}, headers: [never] },
]

const input = (type: string, fields: object = {}) => ({
  name: 'x',
  typedConfig: { '@type': type, ...fields },
})

const configuration: RouteConfigurationJson = {
  ignorePortInHostMatching: true,
  ignorePathParametersInPathMatching: true,
  virtualHosts: [
    { ...configurationOf(...everything, { prefix: '' }).virtualHosts?.[0], domains: ['*'] },
    {
      name: 'tree',
      domains: ['*t', 't*'],
      virtualClusters: [{ name: 'a', headers: [{ name: ':path', stringMatch: { prefix: '/' } }] }],
      matcher: {
        matcherTree: {
          input: input(`${network}.SourceIPInput`),
          customMatch: input('type.googleapis.com/xds.type.matcher.v3.IPMatcher', {
            rangeMatchers: [
              {
                ranges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }],
                onMatch: { action: input('type.googleapis.com/envoy.config.route.v3.RouteList') },
              },
            ],
          }),
        },
        onNoMatch: {
          matcher: {
            matcherTree: {
              input: input(
                'type.googleapis.com/envoy.type.matcher.v3.HttpRequestQueryParamMatchInput',
                { queryParam: 'a' },
              ),
              prefixMatchMap: {
                map: {
                  '': { action: input('type.googleapis.com/envoy.config.route.v3.RouteList') },
                },
              },
            },
          },
        },
      },
    },
  ],
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      '/',
      'a',
      'b',
      ';',
      '?',
      '&',
      '=',
      '%',
      '\ud800',
      '\udfff',
      '\0',
      '\xff',
      '"',
      ',',
      '.',
      '*',
    ),
    maxLength: 20,
  }),
  fc.constantFrom('', '*', '/', 'http://a/b?c#d', '10.0.0.1', '::1', 'a:80', '[::1]:80', 't', 'xt'),
)
const requests: fc.Arbitrary<PlainRequest> = fc.record(
  {
    authority: text,
    path: text,
    method: text,
    scheme: text,
    headers: fc.dictionary(
      fc.oneof(fc.constantFrom('a', 'cookie', 'content-type', 'x-forwarded-proto'), text),
      fc.oneof(text, fc.array(text, { maxLength: 3 })),
    ),
    tls: fc.record({ presented: fc.boolean(), validated: fc.boolean() }),
    connection: fc.record(
      { sourceAddress: text, sourcePort: fc.integer(), destinationAddress: text },
      { requiredKeys: [] },
    ),
    metadata: fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()),
    filterState: fc.dictionary(fc.constantFrom('a', 'b'), text),
  },
  { requiredKeys: ['authority', 'path'] },
)

describe('whatever the request', () => {
  test.each(['first-match', 'most-specific'] as const)(
    'match and explain do not throw, and agree (%s)',
    (order) => {
      const table = compileRoutes(configuration, { order })
      let matched = 0
      fc.assert(
        fc.property(requests, fc.oneof(fc.integer(), fc.double()), (plain, random) => {
          const asked = request(plain)
          const match = table.match(asked, { random, runtime: () => random })
          const explained = table.explain(asked, { random, runtime: () => random })
          expect(String(explained)).not.toBe('')
          expect(explained.candidates.some((it) => it.matched)).toBe(match !== undefined)
          const upstream = match?.applyToRequest(asked)
          if (match?.rewrites === false) {
            const { authority, path } = asked
            expect(upstream).toMatchObject({ authority, path, forwardedHost: undefined })
          }
          match?.virtualHost.virtualCluster(asked)
          if (match !== undefined) matched++
        }),
        { numRuns: 2000 },
      )
      expect(matched).toBeGreaterThan(500)
    },
  )

  test('normalizePath does not throw, and has nothing left to do on its own answers', () => {
    const options = {
      normalizePath: true,
      mergeSlashes: true,
      pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD',
    } as const
    fc.assert(
      fc.property(text, (path) => {
        const once = normalizePath(path, options)
        if (once.kind === 'reject' || path.includes('%')) return
        expect(normalizePath(once.path, options)).toEqual({ kind: 'ok', path: once.path })
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a request', () => {
  const hosts = (...domains: string[]): RouteConfigurationJson => ({
    virtualHosts: domains.map((domain, i) => ({
      name: domain,
      domains: [domain],
      routes: [{ match: { prefix: '/' }, route: { cluster: String(i) } }],
    })),
  })
  const clusterOf = (config: RouteConfigurationJson, plain: PlainRequest) =>
    compileRoutes(config).match(request(plain))?.cluster

  test('without a host goes to * if that is the only domain, and nowhere otherwise', () => {
    expect(clusterOf(hosts('*'), { authority: '', path: '/' })).toBe('0')
    expect(clusterOf(hosts('a', '*'), { authority: '', path: '/' })).toBeUndefined()
  })

  test('without a path takes CONNECT routes only', () => {
    expect(passes({ prefix: '' }, { path: '' })).toBe(false)
    expect(passes({ safeRegex: { regex: '.*' } }, { path: '' })).toBe(false)
    expect(passes({ connectMatcher: {} }, { path: '', method: 'CONNECT' })).toBe(true)
  })

  test('for * is a path that does not begin with a slash', () => {
    expect(passes({ prefix: '/' }, { path: '*', method: 'OPTIONS' })).toBe(false)
    expect(passes({ path: '*' }, { path: '*', method: 'OPTIONS' })).toBe(true)
    expect(passes({ prefix: '' }, { path: '*', method: 'OPTIONS' })).toBe(true)
    expect(normalizePath('*', { normalizePath: true })).toEqual({ kind: 'ok', path: '*' })
  })

  test('with an absolute URI for a path is matched as it stands: splitting it is for the codec', () => {
    expect(passes({ prefix: '/b' }, { path: 'http://a/b' })).toBe(false)
    expect(passes({ prefix: 'http://a/' }, { path: 'http://a/b?c' })).toBe(true)
  })

  test('with 10 000 headers is matched by those that are asked for', () => {
    const headers: Record<string, string> = {}
    for (let i = 0; i < 10_000; i++) headers[`h${i}`] = String(i)
    const match = { prefix: '/', headers: [{ name: 'h9999', stringMatch: { exact: '9999' } }] }
    expect(passes(match, { headers })).toBe(true)
    expect(passes(match, { headers: { ...headers, h9999: '1' } })).toBe(false)
  })

  test('with 10 000 values of one header is matched by each of them', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => String(i))
    const match = { prefix: '/', headers: [{ name: 'h', stringMatch: { exact: '9999' } }] }
    expect(passes(match, { headers: { h: values } })).toBe(true)
    expect(passes(match, { headers: { h: values.slice(0, -1) } })).toBe(false)
  })

  test('with bytes that are no UTF-8, or half a surrogate pair, is compared unit by unit', () => {
    expect(passes({ path: '/\xff\xfe' }, { path: '/\xff\xfe' })).toBe(true)
    expect(passes({ prefix: '/\ud83d' }, { path: '/\ud83d\ude00' })).toBe(true)
    expect(passes({ path: '/\ufffd' }, { path: '/\ud83d' })).toBe(false)
    expect(passes({ safeRegex: { regex: '/.' } }, { path: '/\ud83d' })).toBe(true)
  })
})

describe('a configuration with faults', () => {
  function errorOf(config: RouteConfigurationJson): RouteConfigError {
    try {
      compileRoutes(config)
    } catch (error) {
      if (error instanceof RouteConfigError) return error
    }
    throw new Error('no fault')
  }

  test('names each with its path, what was expected and what was found', () => {
    const routes = [
      { match: { prefix: '/', path: '/' }, route: { cluster: 'a' } },
      { match: { safeRegex: { regex: '(' } }, route: { cluster: 'a' } },
      { match: { prefix: '/', headers: [{ name: '' }] }, route: { cluster: 'a' } },
    ]
    const { faults } = errorOf({ virtualHosts: [{ name: 'a', domains: ['*', '*'], routes }] })
    expect(faults.map(({ path, expected, found }) => ({ path, expected, found }))).toEqual([
      {
        path: 'virtualHosts[0].routes[0].match',
        expected:
          'one of prefix, path, safeRegex, pathSeparatedPrefix, pathMatchPolicy, connectMatcher',
        found: 'prefix and path',
      },
      {
        path: 'virtualHosts[0].routes[1].match.safeRegex.regex',
        expected: 'a pattern in RE2 syntax',
        found: '"("',
      },
      {
        path: 'virtualHosts[0].routes[2].match.headers[0].name',
        expected: 'the name of a header',
        found: 'none',
      },
      {
        path: 'virtualHosts[0].domains[1]',
        expected: 'a domain of its own',
        found: '"*" again',
      },
    ])
  })

  test.each<[RouteMatchJson, string]>([
    [
      { prefix: '/', headers: [{ name: 'a', exactMatch: 'a', prefixMatch: 'b' }] },
      'headers[0]: expected at most one of exactMatch, safeRegexMatch, rangeMatch, presentMatch, prefixMatch, suffixMatch, containsMatch, stringMatch, got exactMatch and prefixMatch',
    ],
    [
      { prefix: '/', headers: [{ name: 'a', containsMatch: '' }] },
      'headers[0].containsMatch: expected at least one character, got none',
    ],
    [
      {
        prefix: '/',
        headers: [{ name: 'a', stringMatch: { exact: 'a', safeRegex: { regex: 'b' } } }],
      },
      'headers[0].stringMatch: expected at most one of exact, prefix, suffix, contains, safeRegex, got exact and safeRegex',
    ],
    [
      {
        prefix: '/',
        headers: [{ name: 'a', stringMatch: { safeRegex: { regex: 'b' }, ignoreCase: true } }],
      },
      'headers[0].stringMatch.ignoreCase: expected false beside a regular expression, got true',
    ],
    [
      {
        prefix: '/',
        queryParameters: [{ name: 'a', stringMatch: { exact: 'a' }, presentMatch: true }],
      },
      'queryParameters[0]: expected at most one of stringMatch, presentMatch, got stringMatch and presentMatch',
    ],
  ])('is one where Envoy refuses it: %j', (match, expected) => {
    expect(
      errorOf(configurationOf(match)).faults.map(({ path, message }) => `${path}: ${message}`),
    ).toEqual([`virtualHosts[0].routes[0].match.${expected}`])
  })

  test('names those of fields first, then all others, and none for what stands in for them', () => {
    const routes = [
      // A member of the wrong type is one fault, not another one of the message without it.
      { match: { prefix: 5 }, route: { cluster: 'a' } },
      { match: { path: null }, route: 'a' },
      { match: { prefix: '/' }, route: { clusterSpecifierPlugin: 'p' } },
      // Beside it, what is wrong for itself.
      { match: { prefix: 5, path: '/' }, route: { cluster: 'a', timeout: 3, priority: 'URGENT' } },
      { match: { headers: [null, { name: '' }, { name: 'a', rangeMatch: [] }] }, redirect: {} },
      { prefix: '/', match: { safeRegex: { regex: '(' } } },
      { match: { pathMatchPolicy: { typedConfig: {} } }, redirect: {} },
      {
        match: { prefix: '/' },
        redirect: {},
        typedPerFilterConfig: { 'a.b["c"]': 'x', 'd.e': { '@type': filterConfig } },
      },
      null,
    ]
    const { faults } = errorOf(
      JSON.parse(
        JSON.stringify({
          internalOnlyHeaders: 'a',
          virtualHosts: [
            { name: 'a', domains: ['*', 7, '*'], routes },
            { name: 'b', domains: '*', requireTls: [] },
            { name: 'c', domains: [], matcher: { onNoMatch: { matcher: 1 } } },
          ],
        }),
      ),
    )
    expect(faults.map(({ path, found }) => `${path}: ${found}`)).toEqual([
      'internalOnlyHeaders: a string',
      'virtualHosts[0].domains[1]: 7',
      'virtualHosts[0].routes[0].match.prefix: 5',
      'virtualHosts[0].routes[1].match.path: null',
      'virtualHosts[0].routes[1].route: a string',
      'virtualHosts[0].routes[2].route.clusterSpecifierPlugin: "p"',
      'virtualHosts[0].routes[3].match.prefix: 5',
      'virtualHosts[0].routes[3].route.timeout: 3',
      'virtualHosts[0].routes[4].match.headers[0]: null',
      'virtualHosts[0].routes[4].match.headers[2].rangeMatch: a list',
      'virtualHosts[0].routes[5].prefix: prefix',
      'virtualHosts[0].routes[6].match.pathMatchPolicy.typedConfig: none',
      'virtualHosts[0].routes[7].typedPerFilterConfig["a.b[\\"c\\"]"]: none',
      'virtualHosts[0].routes[8]: null',
      'virtualHosts[1].domains: a string',
      'virtualHosts[1].requireTls: a list',
      'virtualHosts[2].matcher.onNoMatch.matcher: a number',
      'virtualHosts[0].routes[3].match: prefix and path',
      'virtualHosts[0].routes[3].route.priority: "URGENT"',
      'virtualHosts[0].routes[4].match: none of them',
      'virtualHosts[0].routes[4].match.headers[1].name: none',
      'virtualHosts[0].routes[5].match.safeRegex.regex: "("',
      'virtualHosts[0].routes[5]: none of them',
      'virtualHosts[0].routes[7].typedPerFilterConfig["d.e"]: neither',
      'virtualHosts[2].domains: none',
      'virtualHosts[0].domains[2]: "*" again',
    ])
  })

  test('says so of fields too, which it looks at first', () => {
    const routes = [{ match: { prefx: '/', caseSensitive: 'no' }, route: { cluster: 'a' } }]
    const config = JSON.parse(
      JSON.stringify({ vhds: {}, virtualHosts: [{ name: 'a', domains: ['*'], routes }] }),
    )
    const { faults } = errorOf(config)
    expect(faults.map(({ path, found }) => ({ path, found }))).toEqual([
      { path: 'vhds', found: 'an object' },
      { path: 'virtualHosts[0].routes[0].match.prefx', found: 'prefx' },
      { path: 'virtualHosts[0].routes[0].match.caseSensitive', found: '"no"' },
      { path: 'virtualHosts[0].routes[0].match', found: 'none of them' },
    ])
    expect(faults[1]?.expected).toMatch(/^one of the fields prefix, path, safeRegex/)
    expect(faults[2]?.expected).toBe('true or false')
  })

  test('may be anything at all: it compiles, or throws its error', () => {
    const words = fc.constantFrom(
      'virtualHosts',
      'name',
      'domains',
      'routes',
      'match',
      'matcher',
      'route',
      'redirect',
      'prefix',
      'cluster',
      'headers',
      '@type',
      'typedConfig',
      'onNoMatch',
      'matcherList',
      '__proto__',
    )
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 7, depthSize: 'large' },
        fc.constantFrom('*', '/', '', 1, true, null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(words, tie('any'), { maxKeys: 4 }),
      ),
    })).any
    let refused = 0
    fc.assert(
      fc.property(
        fc.oneof(value, fc.record({ virtualHosts: fc.array(fc.dictionary(words, value)) })),
        (it) => {
          try {
            compileRoutes(JSON.parse(JSON.stringify(it ?? null)))
          } catch (error) {
            expect(error).toBeInstanceOf(RouteConfigError)
            if (error instanceof RouteConfigError) {
              expect(
                error.faults.every(
                  ({ expected, found }) => expected !== undefined && found !== undefined,
                ),
              ).toBe(true)
            }
            refused++
          }
        },
      ),
      { numRuns: 2000 },
    )
    expect(refused).toBeGreaterThan(500)
  })
})
