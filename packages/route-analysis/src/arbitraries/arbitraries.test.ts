import {
  compileRoutes,
  type Explanation,
  type PlainRequest,
  type RouteConfigurationJson,
  type RouteTable,
  request,
} from '@meshwright/route-matcher'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCoverage } from '../coverage/create-coverage.ts'
import type { RouteRef } from '../route-ref.ts'
import { requestsOf, requestsThatHit, requestsThatJustMiss, routeConfigurations } from './index.ts'

const ref = (route: number): RouteRef => ({
  virtualHost: 'shop',
  virtualHostIndex: 0,
  route,
  name: '',
})

const configuration: RouteConfigurationJson = {
  virtualHosts: [
    {
      name: 'shop',
      domains: ['shop.example', '*.shop.example'],
      routes: [
        {
          match: {
            prefix: '/cart',
            headers: [
              { name: 'x-user', stringMatch: { exact: 'jason' }, invertMatch: true },
              { name: 'x-age', rangeMatch: { start: 18, end: 20 } },
            ],
          },
          route: { cluster: 'a' },
        },
        {
          match: {
            safeRegex: { regex: '/cart/[0-9]{3}\\.json' },
            cookies: [{ name: 'group', stringMatch: { suffix: '-beta' } }],
            queryParameters: [{ name: 'v', stringMatch: { prefix: '2' } }],
          },
          route: { cluster: 'b' },
        },
        {
          match: {
            pathSeparatedPrefix: '/tea',
            runtimeFraction: { defaultValue: { numerator: 1 } },
            grpc: {},
            tlsContext: { presented: true, validated: false },
            dynamicMetadata: [
              {
                filter: 'jwt',
                path: [{ key: 'a' }, { key: 'b' }],
                value: { stringMatch: { exact: 'x' } },
              },
            ],
            filterState: [{ key: 'k', stringMatch: { contains: 'z' } }],
          },
          route: { cluster: 'c' },
        },
        { match: { connectMatcher: {} }, route: { cluster: 'd' } },
        { match: { prefix: '/' }, route: { cluster: 'e' } },
        { match: { path: '/tea' }, route: { cluster: 'covered' } },
      ],
    },
  ],
}

const table = compileRoutes(configuration)

const takes = (asked: PlainRequest, random: number) =>
  table.match(request(asked), { random })?.route.index

describe('requests that hit a route', { timeout: 60_000 }, () => {
  test.each([0, 1, 2, 3, 4])('all take it, and there are many: route %i', (route) => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(requestsThatHit(configuration, ref(route)), ({ request: asked, random }) => {
        seen.add(JSON.stringify([asked, random]))
        expect(takes(asked, random)).toBe(route)
      }),
    )
    expect(seen.size).toBeGreaterThan(10)
  })

  test('are refused for a route that others cover, and for one that is not there', () => {
    expect(() => requestsThatHit(configuration, ref(5))).toThrow('expected a request that takes')
    expect(() => requestsThatHit(configuration, ref(6))).toThrow('expected a route')
  })

  test('are found by the analysis where chance does not', () => {
    // The last route is reached with all twelve keys and no other way.
    const not = (name: string) => ({
      match: {
        prefix: '/',
        headers: [
          {
            name,
            stringMatch: { exact: 'key' },
            invertMatch: true,
            treatMissingHeaderAsEmpty: true,
          },
        ],
      },
      route: { cluster: 'other' },
    })
    const names = Array.from({ length: 12 }, (_, i) => `x-${i}`)
    const locked = {
      virtualHosts: [
        {
          name: 'shop',
          domains: ['*'],
          routes: [...names.map(not), { match: { prefix: '/' }, route: { cluster: 'safe' } }],
        },
      ],
    }
    const seen = new Set<string>()
    fc.assert(
      fc.property(requestsThatHit(locked, ref(12)), ({ request: asked, random }) => {
        seen.add(asked.path)
        const match = compileRoutes(locked).match(request(asked), { random })
        expect(match?.cluster).toBe('safe')
        expect(asked.headers).toEqual(Object.fromEntries(names.map((name) => [name, 'key'])))
      }),
    )
    expect(seen.size).toBeGreaterThan(5)
  })

  test('shrink to requests that hit it', () => {
    const { counterexample } = fc.check(
      fc.property(
        requestsThatHit(configuration, ref(1)),
        ({ request: { path } }) => path.length < 3,
      ),
      { seed: 3 },
    )
    const [smallest] = counterexample ?? []
    expect(smallest).toBeDefined()
    if (smallest !== undefined) expect(takes(smallest.request, smallest.random)).toBe(1)
  })
})

describe('requests that just miss a route', { timeout: 60_000 }, () => {
  test.each([0, 1, 2, 3, 4])(
    'never take it, and miss it in more than one way: route %i',
    (route) => {
      const coverage = createCoverage(configuration)
      const where = new Set<number>()
      fc.assert(
        fc.property(
          requestsThatJustMiss(configuration, ref(route)),
          ({ request: asked, random }) => {
            coverage.record(request(asked), { random })
            const { candidates, virtualHost } = table.explain(request(asked), { random })
            const own = candidates.find(({ index }) => index === route)
            expect(own?.matched ?? false).toBe(false)
            where.add(virtualHost === undefined ? -1 : (own?.held ?? -2))
          },
        ),
        { numRuns: 300 },
      )
      // By the host, and by the path; routes with more conditions by each of them.
      const expected = [4, 4, 7, 2, 2][route] ?? 0
      expect(where.size).toBeGreaterThanOrEqual(expected)
    },
  )
})

describe('requests of a configuration', { timeout: 60_000 }, () => {
  test('reach every route that can be reached, and both sides of nearly every condition', () => {
    const coverage = createCoverage(configuration, { leaveOut: [ref(5)] })
    fc.assert(
      fc.property(requestsOf(configuration), ({ request: asked, random }) => {
        coverage.record(request(asked), { random })
      }),
      { numRuns: 3000, seed: 1 },
    )
    const { missed, kinds } = coverage.report()
    expect(kinds.rule).toEqual({ total: 5, covered: 5, percent: 100 })
    expect(missed.map(({ id }) => id)).toEqual([])
  })
})

/** The first word of each predicate that was looked at, and whether it held. */
function sidesOf(table: RouteTable, { virtualHost, candidates }: Explanation): string[] {
  const host = table.virtualHosts.indexOf(virtualHost?.name ?? '')
  return candidates.flatMap(({ index, held }) =>
    table
      .predicates(host, index)
      .slice(0, held + 1)
      .map(({ description }, i) => `${description.split(' ')[0]} ${i < held}`),
  )
}

describe('configurations', { timeout: 60_000 }, () => {
  test('compile, and every kind of condition is seen to hold and not to hold', () => {
    const sides = new Map<string, number>()
    fc.assert(
      fc.property(
        routeConfigurations().chain((drawn) =>
          fc.tuple(fc.constant(drawn), fc.array(requestsOf(drawn), { minLength: 5, maxLength: 5 })),
        ),
        ([drawn, requests]) => {
          const own = compileRoutes(drawn)
          for (const { request: asked, random } of requests) {
            for (const side of sidesOf(own, own.explain(request(asked), { random }))) {
              sides.set(side, (sides.get(side) ?? 0) + 1)
            }
          }
        },
      ),
      { numRuns: 600, seed: 7 },
    )
    const kinds = [...sides.keys()].map((kind) => kind.split(' ')[0])
    for (const kind of kinds) {
      expect(sides.get(`${kind} true`), `${kind} true`).toBeGreaterThan(0)
      expect(sides.get(`${kind} false`), `${kind} false`).toBeGreaterThan(0)
    }
    // path, method (CONNECT), draw, gRPC, header, query, cookie, TLS, metadata, filter state.
    expect(new Set(kinds).size).toBeGreaterThanOrEqual(10)
  })
})
