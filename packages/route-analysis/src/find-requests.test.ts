import { compileRoutes, request } from '@meshwright/route-matcher'
import { describe, expect, test } from 'vitest'
import { analyzeRoutes } from './analyze-routes.ts'
import { findRequests } from './find-requests.ts'
import { overlapOf } from './overlap-of.ts'

const secret = { headers: [{ name: 'x-secret', stringMatch: { exact: 'yes' } }] }
const configuration = {
  virtualHosts: [
    {
      name: 'shop',
      domains: ['shop.example'],
      routes: [
        { match: { prefix: '/admin', ...secret }, route: { cluster: 'admin' } },
        { match: { path: '/admin/health' }, route: { cluster: 'admin' } },
        {
          match: { prefix: '/' },
          route: {
            weightedClusters: {
              clusters: [
                { name: 'shop', weight: 90 },
                { name: 'canary', weight: 10 },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'rest',
      domains: ['*'],
      routes: [{ match: { prefix: '/help' }, directResponse: { status: 200 } }],
    },
  ],
}
const withoutSecret = {
  headers: [{ name: 'x-secret', presentMatch: true, invertMatch: true }],
}

test('tells which requests reach a cluster, by the route that sends them there', () => {
  const { verdict, regions, unknown } = findRequests(configuration, { cluster: 'admin' })

  expect({ verdict, unknown }).toEqual({ verdict: 'some', unknown: [] })
  expect(regions.map(({ ref, witness }) => [ref?.route, witness.request])).toEqual([
    [0, { authority: 'shop.example', path: '/admin', headers: { 'x-secret': 'yes' } }],
    [1, { authority: 'shop.example', path: '/admin/health' }],
  ])
})

test('finds a draw that leads to a cluster of few weight', () => {
  const [region] = findRequests(configuration, { cluster: 'canary' }).regions

  expect(region?.outcome.shares.map(({ share }) => share)).toEqual([0.1, 0.9])
  const asked = request(region?.witness.request ?? { authority: '', path: '' })
  const random = region?.witness.random ?? 0
  expect(compileRoutes(configuration).match(asked, { random })?.cluster).toBe('canary')
})

describe('a header that chooses the cluster', () => {
  const all = (route: object, match = {}) => ({
    virtualHosts: [
      { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/', ...match }, route }] },
    ],
  })
  const clusters = [
    { name: 'one', weight: 1 },
    { name: 'two', weight: 2 },
  ]
  const header = (name: string, exact: string) => ({
    headers: [{ name, stringMatch: { exact } }],
  })

  test('has the value that names it', () => {
    const { verdict, regions } = findRequests(all({ clusterHeader: 'X-Cluster' }), {
      cluster: 'blue',
    })

    expect(verdict).toBe('some')
    expect(regions.map(({ witness }) => witness)).toEqual([
      { request: { authority: 'a', path: '/', headers: { 'x-cluster': 'blue' } } },
    ])
  })

  test('cannot have it where the route asks for another one', () => {
    const given = all({ clusterHeader: 'x-cluster' }, header('x-cluster', 'green'))

    expect(findRequests(given, { cluster: 'blue' }).verdict).toBe('none')
    expect(findRequests(given, { cluster: 'green' }).verdict).toBe('some')
  })

  test('is the host', () => {
    const given = all({ clusterHeader: ':authority' })

    expect(findRequests(given, { cluster: 'blue' }).regions[0]?.witness.request).toEqual({
      authority: 'blue',
      path: '/',
    })
  })

  test('is one of several weights', () => {
    const given = all({
      weightedClusters: { clusters: [{ clusterHeader: 'x-cluster', weight: 1 }, ...clusters] },
    })

    expect(findRequests(given, { cluster: 'two' }).regions[0]?.witness).toEqual({
      request: { authority: 'a', path: '/' },
      random: 2,
    })
    expect(findRequests(given, { cluster: 'blue' }).regions[0]?.witness).toEqual({
      request: { authority: 'a', path: '/', headers: { 'x-cluster': 'blue' } },
    })
  })

  test('stands for the draw, or is missing', () => {
    const weighted = { weightedClusters: { clusters, headerName: 'x-pick' } }

    expect(findRequests(all(weighted), { cluster: 'two' }).regions[0]?.witness).toEqual({
      request: { authority: 'a', path: '/' },
      random: 1,
    })
    const given = { headers: [{ name: 'x-pick', presentMatch: true }] }
    expect(findRequests(all(weighted, given), { cluster: 'two' }).regions[0]?.witness).toEqual({
      request: { authority: 'a', path: '/', headers: { 'x-pick': '1' } },
    })
    const four = all(weighted, header('x-pick', '4'))
    expect(findRequests(four, { cluster: 'two' })).toMatchObject({
      verdict: 'unknown',
      unknown: ['header x-pick chooses the cluster'],
    })
    expect(findRequests(four, { cluster: 'three' }).verdict).toBe('none')
  })
})

describe('one draw decides the fraction and the weights', () => {
  const within = (numerator: number, weights: readonly number[]) => ({
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [
          {
            match: { prefix: '/', runtimeFraction: { defaultValue: { numerator } } },
            route: {
              weightedClusters: {
                clusters: weights.map((weight, index) => ({ name: `c${index}`, weight })),
              },
            },
          },
        ],
      },
    ],
  })

  test('a cluster that other draws of the fraction lead to is found', () => {
    const some = within(10, [3, 1])
    const [region] = findRequests(some, { cluster: 'c1' }).regions
    const asked = request(region?.witness.request ?? { authority: '', path: '' })

    expect(compileRoutes(some).match(asked, { random: region?.witness.random ?? 0 })?.cluster).toBe(
      'c1',
    )
  })

  test('a cluster that no draw of the fraction leads to is not reached', () => {
    const { verdict, regions } = findRequests(within(10, [50, 50]), { cluster: 'c1' })

    expect({ verdict, regions }).toEqual({ verdict: 'none', regions: [] })
  })
})

test('proves that a cluster below a path is not reached without a header, or shows how it is', () => {
  const ask = (prefix: string) =>
    findRequests(configuration, { match: { prefix, ...withoutSecret }, cluster: 'admin' })

  expect(ask('/admin/users').verdict).toBe('none')
  expect(ask('/admin').regions.map(({ witness }) => witness.request.path)).toEqual([
    '/admin/health',
  ])
})

test('a parameter is asked for together with a template, where path parameters are ignored', () => {
  const ignoring = { ...configuration, ignorePathParametersInPathMatching: true }
  const typedConfig = {
    '@type':
      'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
    pathTemplate: '/a/{x}',
  }
  const { verdict } = findRequests(ignoring, {
    match: {
      pathMatchPolicy: { name: 'template', typedConfig },
      queryParameters: [{ name: 'q', stringMatch: { contains: 'b' } }],
    },
  })

  expect(verdict).toBe('unknown')
})

test('shows a request that no route answers', () => {
  const ask = (authority?: string) =>
    findRequests(configuration, {
      match: { prefix: '/' },
      unanswered: true,
      ...(authority === undefined ? {} : { authority }),
    })

  expect(ask('shop.example').verdict).toBe('none')
  expect(ask().regions.map(({ ref, witness }) => [ref, witness.request])).toEqual([
    [undefined, { authority: 'a', path: '/' }],
  ])
})

test('tells whether two routes overlap', () => {
  const refs = analyzeRoutes(configuration).routes.map(({ ref }) => ref)
  const [first, second, third, other] = refs
  if (first === undefined || second === undefined || third === undefined || other === undefined) {
    throw new TypeError('expected four routes')
  }

  expect(overlapOf(configuration, [first, second])).toMatchObject({
    verdict: 'overlapping',
    witness: { request: { path: '/admin/health', headers: { 'x-secret': 'yes' } } },
  })
  expect(overlapOf(configuration, [first, other]).verdict).toBe('disjoint')
})
