import { type RouteConfigurationJson, request } from '@meshwright/route-matcher'
import { describe, expect, test } from 'vitest'
import { mergeCoverage } from './coverage-report.ts'
import { createCoverage } from './create-coverage.ts'
import { lcovOf } from './lcov-of.ts'

/** By hand: 4 rules, 9 branches, 4 weights, 2 fallthroughs, 2 virtual hosts. */
const configuration: RouteConfigurationJson = {
  virtualHosts: [
    {
      name: 'shop',
      domains: ['shop'],
      routes: [
        {
          name: 'canary',
          match: {
            prefix: '/cart',
            headers: [{ name: 'x-user', stringMatch: { exact: 'jason' } }],
            runtimeFraction: { defaultValue: { numerator: 10 } },
          },
          route: { cluster: 'v3' },
        },
        {
          match: { prefix: '/cart' },
          route: {
            weightedClusters: {
              clusters: [
                { name: 'v1', weight: 9 },
                { name: 'v2', weight: 1 },
                { name: 'off', weight: 0 },
              ],
            },
          },
        },
        { match: { path: '/login' }, redirect: { pathRedirect: '/' } },
      ],
    },
    {
      name: 'tea',
      domains: ['tea'],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'tea' } }],
    },
  ],
}

const shop = (path: string, user?: string) =>
  request({
    authority: 'shop',
    path,
    headers: user === undefined ? {} : { 'x-user': user },
  })

/** The descriptions of what was missed, without the names of routes. */
const missedBy = (record: (coverage: ReturnType<typeof createCoverage>) => void) => {
  const coverage = createCoverage(configuration)
  record(coverage)
  return coverage.report().missed.map(({ id }) => id)
}

describe('coverage', () => {
  test('knows before the first request what there is to cover', () => {
    const { kinds, overall, missed, items } = createCoverage(configuration).report()

    expect(Object.fromEntries(Object.entries(kinds).map(([k, { total }]) => [k, total]))).toEqual({
      rule: 4,
      branch: 9,
      weight: 4,
      fallthrough: 2,
      'virtual-host': 2,
    })
    expect(overall).toEqual({ total: 21, covered: 0, percent: 0 })
    expect(missed).toEqual(items)
    expect(new Set(items.map(({ id }) => id)).size).toBe(21)
  })

  test('of one request counts what matching looked at, and nothing after the first predicate that fails', () => {
    const coverage = createCoverage(configuration)

    const match = coverage.record(shop('/cart/1'), { random: 9 })

    expect(match?.cluster).toBe('v2')
    const seen = coverage.report().items.filter(({ hits }) => hits > 0)
    expect(seen.map(({ id }) => id)).toEqual([
      'virtualHosts[0]',
      'virtualHosts[0].routes[0].match[0]=true',
      'virtualHosts[0].routes[0].match[1]=true',
      'virtualHosts[0].routes[0].match[2]=false',
      'virtualHosts[0].routes[1]',
      'virtualHosts[0].routes[1].match[0]=true',
      'virtualHosts[0].routes[1].weightedClusters["v2"]',
    ])
  })

  test('is complete for a suite that does everything', () => {
    const coverage = createCoverage(configuration)
    coverage.record(shop('/cart', 'jason'), { random: 0 })
    coverage.record(shop('/cart', 'jason'), { random: 50 })
    coverage.record(shop('/cart', 'eve'), { random: 9 })
    coverage.record(shop('/login'))
    coverage.record(shop('/none'))
    coverage.record(request({ authority: 'tea', path: '/' }))
    coverage.record(request({ authority: 'elsewhere', path: '/' }))

    const { missed, overall, requests } = coverage.report()

    expect(missed).toEqual([])
    expect(overall).toEqual({ total: 21, covered: 21, percent: 100 })
    expect(requests).toBe(7)
  })

  test('names the weights that no draw chose', () => {
    const missed = missedBy((coverage) => {
      for (let random = 20; random < 29; random++)
        coverage.record(shop('/cart', 'jason'), { random })
    })

    expect(missed).toContain('virtualHosts[0].routes[0].match[1]=true')
    expect(missed).not.toContain('virtualHosts[0].routes[0].match[1]=false')
    expect(missed).toContain('virtualHosts[0].routes[1].weightedClusters["v2"]')
    expect(missed).not.toContain('virtualHosts[0].routes[1].weightedClusters["v1"]')
  })

  test('sees both sides of a TLS requirement', () => {
    const coverage = createCoverage({
      virtualHosts: [
        {
          name: 'h',
          domains: ['*'],
          requireTls: 'ALL',
          routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }],
        },
      ],
    })
    coverage.record(request({ authority: 'h', path: '/' }))
    expect(coverage.report().missed.map(({ id }) => id)).toEqual([
      'virtualHosts[0].requireTls=false',
      'virtualHosts[0].routes[0]',
      'virtualHosts[0].routes[0].match[0]=true',
    ])
  })

  test('counts the routes of a generic matcher in the order in which it names them', () => {
    const route = (path: string, cluster: string) => ({
      action: {
        name: cluster,
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.config.route.v3.Route',
          match: { path },
          route: { cluster },
        },
      },
    })
    const input = {
      name: 'user',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
        headerName: 'x-user',
      },
    }
    const map = { jason: route('/a', 'a'), eve: route('/b', 'b') }
    const matcher = { matcherTree: { input, exactMatchMap: { map } } }
    const coverage = createCoverage({ virtualHosts: [{ name: 'h', domains: ['*'], matcher }] })

    coverage.record(request({ authority: 'h', path: '/a', headers: { 'x-user': 'jason' } }))

    expect(coverage.report().missed.map(({ id }) => id)).toEqual([
      'virtualHosts[0].routes[0].match[0]=false',
      'virtualHosts[0].routes[1]',
      'virtualHosts[0].routes[1].match[0]=true',
      'virtualHosts[0].routes[1].match[0]=false',
      'virtualHosts[0].fallthrough',
    ])
  })

  test('leaves out routes that are known to be unreachable', () => {
    const ref = { virtualHost: 'shop', virtualHostIndex: 0, route: 0, name: 'canary' }
    const { items } = createCoverage(configuration, { leaveOut: [ref] }).report()

    expect(items.some((item) => item.ref?.route === 0 && item.virtualHostIndex === 0)).toBe(false)
    expect(items.some((item) => item.ref?.route === 0 && item.virtualHostIndex === 1)).toBe(true)
    expect(items).toHaveLength(21 - 7)
  })
})

describe('merging', () => {
  test('adds up what several suites saw, and survives JSON', () => {
    const a = createCoverage(configuration)
    const b = createCoverage(configuration)
    a.record(shop('/login'))
    b.record(shop('/login'))
    b.record(shop('/none'))
    const both = createCoverage(configuration)
    for (const path of ['/login', '/login', '/none']) both.record(shop(path))

    const merged = mergeCoverage([JSON.parse(JSON.stringify(a.report())), b.report()])

    expect(merged).toEqual(both.report())
  })

  test('refuses reports of different configurations', () => {
    const other = createCoverage({ virtualHosts: [] }).report()

    expect(() => mergeCoverage([createCoverage(configuration).report(), other])).toThrow(RangeError)
    expect(mergeCoverage([]).overall.total).toBe(0)
  })
})

describe('lcov', () => {
  test('makes rules lines and predicates branches', () => {
    const coverage = createCoverage(configuration)
    coverage.record(shop('/cart'), { random: 0 })
    const lcov = lcovOf(coverage.report(), ({ virtualHostIndex, route }) =>
      virtualHostIndex === 0
        ? { file: 'vs.yaml', line: route === undefined ? 1 : 10 * (route + 1) }
        : undefined,
    )

    // By hand: line 1 the host with its fallthrough, then the three routes with 6, 4 and 2 branches.
    expect(lcov).toBe(
      [
        'TN:',
        'SF:vs.yaml',
        'BRDA:1,0,0,0',
        'BRDA:10,0,0,1',
        'BRDA:10,0,1,0',
        'BRDA:10,0,2,1',
        'BRDA:10,0,3,0',
        'BRDA:10,0,4,0',
        'BRDA:10,0,5,1',
        'BRDA:20,0,0,1',
        'BRDA:20,0,1,0',
        'BRDA:20,0,2,1',
        'BRDA:20,0,3,0',
        'BRDA:30,0,0,0',
        'BRDA:30,0,1,0',
        'BRF:13',
        'BRH:5',
        'DA:1,1',
        'DA:10,0',
        'DA:20,1',
        'DA:30,0',
        'LF:4',
        'LH:2',
        'end_of_record',
        '',
      ].join('\n'),
    )
  })
})
