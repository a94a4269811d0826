import { compileRoutes, type RouteConfigurationJson } from '@meshwright/route-matcher'
import { describe, expect, test } from 'vitest'
import { changedRegexes } from './change-regex.ts'
import { mutantsOf } from './mutants-of.ts'

/** Every construct that a mutant is made of, once. */
const rich: RouteConfigurationJson = {
  virtualHosts: [
    {
      name: 'shop',
      domains: ['*'],
      routes: [
        {
          name: 'canary',
          match: {
            prefix: '/cart',
            caseSensitive: false,
            headers: [
              { name: 'x-user', stringMatch: { exact: 'jason' } },
              { name: 'x-age', rangeMatch: { start: 18, end: 65 } },
              { name: 'x-old', exactMatch: 'old' },
            ],
            queryParameters: [{ name: 'q', presentMatch: true }],
            cookies: [{ name: 'group', stringMatch: { prefix: 'a' } }],
            runtimeFraction: { defaultValue: { numerator: 10 } },
            grpc: {},
          },
          route: {
            weightedClusters: {
              clusters: [
                { name: 'v1', weight: 90, responseHeadersToRemove: ['x-powered-by'] },
                { name: 'v2', weight: 10 },
              ],
            },
            prefixRewrite: '/',
            timeout: '3s',
            retryPolicy: { retryOn: '5xx,reset', numRetries: 2, perTryTimeout: '1s' },
            requestMirrorPolicies: [{ cluster: 'v3' }],
            hashPolicy: [{ header: { headerName: 'x-user' } }],
          },
          requestHeadersToAdd: [{ header: { key: 'x-a', value: '1' } }],
          typedPerFilterConfig: { lua: { '@type': 'x' } },
        },
        {
          match: { safeRegex: { regex: '/v[0-9]+\\.json' } },
          redirect: { pathRedirect: '/v1', stripQuery: true },
        },
        { match: { path: '/health' }, directResponse: { status: 200 } },
        {
          match: { pathSeparatedPrefix: '/api/v1' },
          route: { cluster: 'v1', hostRewriteLiteral: 'api' },
        },
      ],
    },
  ],
}

describe('mutants', () => {
  const mutants = [...mutantsOf(rich)]

  test('are of every kind, have names of their own, compile, and differ from the original', () => {
    expect(new Set(mutants.map(({ kind }) => kind))).toEqual(
      new Set([
        'changed-case',
        'changed-cluster',
        'changed-fraction',
        'changed-literal',
        'changed-match-kind',
        'changed-range',
        'changed-regex',
        'changed-retry',
        'changed-status',
        'changed-timeout',
        'changed-weight',
        'dropped-condition',
        'dropped-filter-config',
        'dropped-hash-policy',
        'dropped-header-mutation',
        'dropped-mirror',
        'dropped-redirect-part',
        'dropped-rewrite',
        'dropped-route',
        'inverted-condition',
        'swapped-routes',
      ]),
    )
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
    for (const { configuration } of mutants) {
      expect(() => compileRoutes(configuration)).not.toThrow()
      expect(configuration).not.toEqual(rich)
    }
  })

  test('are the same every time and leave the original alone', () => {
    const before = structuredClone(rich)

    expect([...mutantsOf(rich)]).toEqual(mutants)
    expect(rich).toEqual(before)
  })

  test('of a small configuration are these', () => {
    const small: RouteConfigurationJson = {
      virtualHosts: [
        {
          name: 'h',
          domains: ['*'],
          routes: [
            { match: { path: '/a' }, route: { cluster: 'a' } },
            { match: { prefix: '/b' }, route: { cluster: 'b' } },
            { match: { prefix: '/' }, route: { cluster: 'a' } },
          ],
        },
      ],
    }
    expect([...mutantsOf(small)].map(({ id }) => id.replace('virtualHosts[0].', ''))).toEqual([
      'routes[0] changed-literal match.path',
      'routes[0] changed-match-kind match.path.prefix',
      'routes[0] changed-match-kind match.path.pathSeparatedPrefix',
      'routes[0] changed-case match.caseSensitive',
      'routes[0] changed-cluster route.cluster',
      'routes[0] dropped-route',
      // Routes 0 and 1 have no request in common: no swap.
      'routes[1] changed-literal match.prefix',
      'routes[1] changed-literal match.prefix #2',
      'routes[1] changed-match-kind match.prefix.path',
      'routes[1] changed-match-kind match.prefix.pathSeparatedPrefix',
      'routes[1] changed-case match.caseSensitive',
      'routes[1] changed-cluster route.cluster',
      'routes[1] dropped-route',
      'routes[1] swapped-routes',
      'routes[2] changed-match-kind match.prefix.path',
      'routes[2] changed-cluster route.cluster',
      'routes[2] dropped-route',
    ])
  })

  test('of a URI template are one wildcard for another, and another literal', () => {
    const match = (pathTemplate: string) => ({
      pathMatchPolicy: {
        name: 'uri-template',
        typedConfig: {
          '@type':
            'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
          pathTemplate,
        },
      },
    })
    const templates = (pathTemplate: string) =>
      [
        ...mutantsOf({
          virtualHosts: [
            {
              name: 'h',
              domains: ['*'],
              routes: [{ match: match(pathTemplate), route: { cluster: 'a' } }],
            },
          ],
        }),
      ].flatMap(({ description }) => /became "(\/.*)"$/.exec(description)?.[1] ?? [])

    expect(templates('/a/{x}/*/b')).toEqual(['/a/{x}/**/b', '/a/{x}/*/bx'])
    expect(templates('/a/{x=**}')).toEqual(['/a/{x=*}'])
    expect(templates('/a/*')).toEqual(['/a/**'])
  })

  test('share with the original what was not changed', () => {
    const configuration = mutants[0]?.configuration
    const routes = configuration?.virtualHosts?.[0]?.routes ?? []
    const original = rich.virtualHosts?.[0]?.routes ?? []

    expect(routes).toHaveLength(original.length)
    expect(routes.map((route, i) => route === original[i])).toEqual([false, true, true, true])
  })

  test('of a configuration with faults are not made', () => {
    const faulty = { virtualHosts: [{ name: 'h', domains: ['*'], routes: [{}] }] }
    expect(() => mutantsOf(faulty).next()).toThrow('not valid')
  })
})

describe('patterns that are off by one', () => {
  test.each([
    ['/a.b', ['/a\\.b', '/a.b?']],
    ['/a\\.b', ['/a.b', '/a\\.b?']],
    ['a*', ['a', 'a+']],
    ['a+?', ['a', 'a*?']],
    ['[a-z]', ['[a-y]', '[a-{]', '[a-z]?']],
    ['[^0-9.]+', ['[^0-8.]+', '[^0-:.]+', '[^0-9.]', '[^0-9.]*']],
    ['\\d{2}', ['\\d', '\\d{1}', '\\d{3}']],
    ['\\d{1,3}', ['\\d', '\\d{0,3}', '\\d{1,4}']],
    ['(?i)(?P<n>a)$', ['(?i)(?P<n>a?)$']],
    ['\\pL\\x41[[:alpha:]]', ['\\pL\\x41[[:alpha:]]?']],
    ['', []],
  ])('of %s are %j', (pattern, expected) => {
    expect([...changedRegexes(pattern)]).toEqual(expected)
  })
})
