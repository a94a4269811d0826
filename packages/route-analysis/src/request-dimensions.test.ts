import type { RouteMatchJson } from '@meshwright/route-matcher'
import { describe, expect, test } from 'vitest'
import { analyzeRoutes } from './analyze-routes.ts'
import { diffRoutes } from './diff-routes.ts'

function analyze(matches: readonly RouteMatchJson[], more: object = {}) {
  const routes = matches.map((match, index) => ({ match, route: { cluster: `c${index}` } }))
  const { routes: findings } = analyzeRoutes({
    virtualHosts: [{ name: 'all', domains: ['*'], routes }],
    ...more,
  })
  return findings.map((it) => (it.status === 'reachable' ? it.witness.request : it.status))
}

const header = (name: string, stringMatch: object): RouteMatchJson => ({
  prefix: '/',
  headers: [{ name, stringMatch }],
})

describe('every kind of condition is decided', () => {
  test('the authority together with the domain', () => {
    expect(
      analyze([
        header(':authority', { exact: 'Shop.Example' }),
        header('host', { suffix: '.example' }),
        header(':authority', { exact: 'x.example' }),
      ]),
    ).toEqual([
      { authority: 'Shop.Example', path: '/' },
      { authority: '.example', path: '/' },
      'unreachable',
    ])
  })

  test('gRPC, a range of integers, the scheme', () => {
    expect(
      analyze([
        { prefix: '/', grpc: {} },
        header('content-type', { exact: 'application/grpc+proto' }),
        { prefix: '/', headers: [{ name: 'x', rangeMatch: { start: 10, end: 20 } }] },
        header('x', { exact: '12' }),
        header(':scheme', { exact: 'https' }),
        header(':scheme', { exact: 'ftp' }),
      ]),
    ).toEqual([
      { authority: 'a', path: '/', headers: { 'content-type': 'application/grpc' } },
      'unreachable',
      { authority: 'a', path: '/', headers: { x: expect.stringMatching(/^1\d$/) } },
      'unreachable',
      { authority: 'a', path: '/', scheme: 'https' },
      'unreachable',
    ])
  })

  test('a value of metadata that is there, and the matcher that nothing fits', () => {
    const metadata = (presentMatch: boolean): RouteMatchJson => ({
      prefix: '/',
      dynamicMetadata: [{ filter: 'f', path: [{ key: 'k' }], value: { presentMatch } }],
    })

    expect(analyze([metadata(true), metadata(false), { prefix: '/' }])).toEqual([
      { authority: 'a', path: '/', metadata: { f: { k: '' } } },
      'unreachable',
      { authority: 'a', path: '/' },
    ])
    expect(analyze([metadata(false), metadata(true)])).toEqual([
      'unreachable',
      { authority: 'a', path: '/', metadata: { f: { k: '' } } },
    ])
  })

  test('TLS, where validated means presented', () => {
    expect(
      analyze([
        { prefix: '/', tlsContext: { validated: true, presented: false } },
        { prefix: '/', tlsContext: { presented: true } },
        { prefix: '/', tlsContext: { validated: true } },
      ]),
    ).toEqual([
      'unreachable',
      { authority: 'a', path: '/', tls: { presented: true, validated: false } },
      'unreachable',
    ])
  })

  test('metadata of any type, and filter state', () => {
    const metadata = (value: object, invert = false): RouteMatchJson => ({
      prefix: '/',
      dynamicMetadata: [{ filter: 'jwt', path: [{ key: 'role' }], value, invert }],
    })

    expect(
      analyze([
        metadata({ stringMatch: { prefix: 'ad' } }),
        metadata({ doubleMatch: { range: { start: 1, end: 2 } } }),
        metadata({ doubleMatch: { exact: 1.5 } }),
        metadata({ presentMatch: true }),
        metadata({ boolMatch: true }),
        { prefix: '/', filterState: [{ key: 'tenant', stringMatch: { exact: 'a' } }] },
        metadata({ nullMatch: {} }, true),
        { prefix: '/' },
      ]),
    ).toEqual([
      { authority: 'a', path: '/', metadata: { jwt: { role: 'ad' } } },
      { authority: 'a', path: '/', metadata: { jwt: { role: 1 } } },
      'unreachable',
      { authority: 'a', path: '/', metadata: { jwt: { role: '' } } },
      'unreachable',
      { authority: 'a', path: '/', filterState: { tenant: 'a' } },
      { authority: 'a', path: '/' },
      'unreachable',
    ])
  })

  test('URI templates, and paths whose parameters are ignored', () => {
    const template = (pathTemplate: string): RouteMatchJson => ({
      pathMatchPolicy: {
        name: 'envoy.path.match.uri_template.uri_template_matcher',
        typedConfig: {
          '@type':
            'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
          pathTemplate,
        },
      },
    })

    expect(analyze([template('/a/*'), { safeRegex: { regex: '/a/[b-d]' } }])).toEqual([
      { authority: 'a', path: '/a/a' },
      'unreachable',
    ])
    expect(
      analyze([{ path: '/a;b' }, { path: '/a' }], { ignorePathParametersInPathMatching: true }),
    ).toEqual(['unreachable', { authority: 'a', path: '/a' }])
  })

  test('a path and its query as one header, as far as its beginning says', () => {
    expect(
      analyze([
        header(':path', { prefix: '/a' }),
        { prefix: '/a/b' },
        header(':path', { contains: 'q=1' }),
        { path: '/c' },
      ]),
    ).toEqual([
      { authority: 'a', path: '/a' },
      'unreachable',
      { authority: 'a', path: '/q=1' },
      { authority: 'a', path: '/c' },
    ])
  })

  test('a host that ignores its port', () => {
    const hosts = (ignorePortInHostMatching: boolean) => ({
      ignorePortInHostMatching,
      virtualHosts: [
        {
          name: 'shop',
          domains: ['shop.example'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'shop' } }],
        },
      ],
    })

    const { classes } = diffRoutes(hosts(false), hosts(true))
    expect(classes.map(({ witness }) => witness.request.authority)).toEqual([
      expect.stringMatching(/^shop\.example:\d+$/),
    ])
  })
})

describe('what is outside is unknown, and never wrong', () => {
  test('cookies by name beside all cookies as a header', () => {
    expect(
      analyze([
        { prefix: '/', cookies: [{ name: 'a', stringMatch: { exact: '1' } }] },
        header('cookie', { contains: 'b=2' }),
        { path: '/' },
        { prefix: '/', cookies: [{ name: 'a', stringMatch: { exact: '1' } }] },
      ]),
    ).toEqual([
      { authority: 'a', path: '/', headers: { cookie: 'a=1' } },
      'unknown',
      { authority: 'a', path: '/' },
      'unreachable',
    ])
  })

  test('metadata beside a part of it', () => {
    const present = (...keys: string[]): RouteMatchJson => ({
      prefix: '/',
      dynamicMetadata: [
        { filter: 'f', path: keys.map((key) => ({ key })), value: { presentMatch: true } },
      ],
    })

    expect(analyze([present('other'), present('a'), present('a', 'b'), { prefix: '/' }])).toEqual([
      { authority: 'a', path: '/', metadata: { f: { other: '' } } },
      'unknown',
      'unknown',
      { authority: 'a', path: '/' },
    ])
  })

  const listOf = (exact: string): RouteMatchJson => ({
    prefix: '/',
    dynamicMetadata: [
      {
        filter: 'f',
        path: [{ key: 'k' }],
        value: { listMatch: { oneOf: { stringMatch: { exact } } } },
      },
    ],
  })
  const addressIn = (addressPrefix: string): RouteMatchJson => ({
    prefix: '/',
    filterState: [{ key: 's', addressMatch: { ranges: [{ addressPrefix, prefixLen: 8 }] } }],
  })

  test.each([
    ['lists', listOf('a'), listOf('b')],
    ['ranges of addresses', addressIn('10.0.0.0'), addressIn('11.0.0.0')],
  ])('%s are not taken for each other', (_, one, other) => {
    const to = (match: RouteMatchJson) => ({
      virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match, route: { cluster: 'a' } }] }],
    })
    const { dynamicMetadata = [], filterState = [] } = other
    const oneAndNotOther: RouteMatchJson = {
      ...one,
      dynamicMetadata: [
        ...(one.dynamicMetadata ?? []),
        ...dynamicMetadata.map((it) => ({ ...it, invert: true })),
      ],
      filterState: [
        ...(one.filterState ?? []),
        ...filterState.map(({ key = '', addressMatch }) => ({
          key,
          addressMatch: { ...addressMatch, invertMatch: true },
        })),
      ],
    }

    expect(diffRoutes(to(one), to(other)).equivalent).toBe(false)
    expect(diffRoutes(to(one), to(one)).equivalent).toBe(true)
    expect(analyze([oneAndNotOther])).toEqual(['unknown'])
  })

  test('steps that do not suffice', () => {
    const routes = [{ match: { prefix: '/a' }, route: { cluster: 'a' } }]
    const configuration = { virtualHosts: [{ name: 'all', domains: ['*'], routes }] }

    const { routes: findings } = analyzeRoutes(configuration, { maxSteps: 0 })

    expect(findings).toMatchObject([
      { status: 'unknown', reason: expect.stringContaining('steps') },
    ])
  })
})
