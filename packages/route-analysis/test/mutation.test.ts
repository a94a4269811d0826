import {
  compileRoutes,
  type PlainRequest,
  type RouteConfigurationJson,
  type RouteTable,
  request,
} from '@meshwright/route-matcher'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requestsOf, routeConfigurations } from '../src/arbitraries/index.ts'
import { type Mutant, mutantsOf, mutationTest, type Witness } from '../src/index.ts'

const shop: RouteConfigurationJson = {
  virtualHosts: [
    {
      name: 'shop',
      domains: ['*'],
      routes: [
        {
          name: 'canary',
          match: {
            prefix: '/cart',
            headers: [{ name: 'x-user', stringMatch: { exact: 'jason' } }],
          },
          route: { cluster: 'v2' },
        },
        {
          name: 'cart',
          match: { prefix: '/cart' },
          route: {
            weightedClusters: {
              clusters: [
                { name: 'v1', weight: 90 },
                { name: 'v2', weight: 10 },
              ],
            },
            timeout: '3s',
          },
        },
        { name: 'rest', match: { prefix: '/' }, route: { cluster: 'web' } },
        // Covered by the one before: nothing about it can be noticed but its place.
        { name: 'dead', match: { path: '/dead' }, route: { cluster: 'web' } },
      ],
    },
  ],
}

type Case = readonly [asked: Omit<PlainRequest, 'authority'>, random: number, cluster: string]

/** A test suite: each request goes to its cluster. */
const suite = (cases: readonly Case[]) => (configuration: RouteConfigurationJson) => {
  const table = compileRoutes(configuration)
  return cases.every(
    ([asked, random, cluster]) =>
      table.match(request({ authority: 'shop', ...asked }), { random })?.cluster === cluster,
  )
}

const jason = { headers: { 'x-user': 'jason' } }

/** What a configuration, compiled perhaps, does with a request, as far as the matcher tells; nothing of route names. */
function effectOf(
  configuration: RouteConfigurationJson,
  witness: Witness,
  table: RouteTable = compileRoutes(configuration),
): string {
  const asked = request(witness.request)
  const match = table.match(asked, { random: witness.random ?? 0 })
  if (match === undefined) return 'no route'
  const { action, responseHeaders, typedPerFilterConfig } = match
  const upstream = match.applyToRequest(asked)
  return JSON.stringify([action, responseHeaders, [...typedPerFilterConfig], upstream])
}

const names = (mutants: Iterable<Mutant>) =>
  [...mutants].map(({ id }) => id.replace('virtualHosts[0].', ''))

describe('a mutation test', () => {
  test('finds what a suite does not look at, and the request that would have told', () => {
    // Looks at neither the end of /cart, nor the header, nor the bound between the weights, nor timeouts.
    const passes = suite([
      [{ path: '/cart', ...jason }, 0, 'v2'],
      [{ path: '/cart' }, 50, 'v1'],
      [{ path: '/cart' }, 99, 'v2'],
      [{ path: '/' }, 0, 'web'],
    ])

    const { survived, killed, unknown, percent } = mutationTest(shop, passes)

    expect(unknown).toEqual([])
    const missed = names(survived.map(({ mutant }) => mutant))
    expect(missed).toEqual(
      expect.arrayContaining([
        'routes[0] changed-match-kind match.prefix.path',
        'routes[0] changed-match-kind match.prefix.pathSeparatedPrefix',
        'routes[0] changed-match-kind match.headers[0].stringMatch.exact',
        'routes[1] changed-match-kind match.prefix.pathSeparatedPrefix',
        'routes[1] changed-weight route.weightedClusters.clusters[0].weight',
        'routes[1] changed-timeout route.timeout',
      ]),
    )
    expect(names(killed)).toEqual(
      expect.arrayContaining([
        'routes[0] dropped-condition match.headers[0]',
        'routes[0] inverted-condition match.headers[0].invertMatch',
        'routes[0] changed-cluster route.cluster',
        'routes[0] swapped-routes',
        'routes[1] dropped-route',
        'routes[1] changed-weight route.weightedClusters.clusters[0].swapped',
      ]),
    )
    expect(percent).toBeCloseTo((killed.length * 100) / (killed.length + survived.length))
    for (const { mutant, tell } of survived) {
      expect(effectOf(mutant.configuration, tell), mutant.id).not.toEqual(effectOf(shop, tell))
    }
  })

  test('does not count what is proven to change nothing', () => {
    const { equivalent, survived } = mutationTest(shop, () => true)

    const same = names(equivalent)
    expect(same).toEqual(
      expect.arrayContaining([
        'routes[3] dropped-route',
        'routes[3] changed-cluster route.cluster',
      ]),
    )
    // The other routes take requests of their own.
    expect(
      same.every((id) => id.startsWith('routes[3]') || id === 'routes[2] swapped-routes'),
    ).toBe(true)
    expect(survived.length + equivalent.length).toBe([...mutantsOf(shop)].length)
  })

  test('of a suite that asks for each tell leaves no survivor', () => {
    const { survived } = mutationTest(shop, () => true)
    const expected = survived.map(({ tell }) => ({ tell, effect: effectOf(shop, tell) }))
    const passes = (configuration: RouteConfigurationJson) =>
      expected.every(({ tell, effect }) => effectOf(configuration, tell) === effect)

    const again = mutationTest(shop, passes)

    expect(survived.length).toBeGreaterThan(20)
    expect(again.survived).toEqual([])
    expect(again.killed).toHaveLength(survived.length)
    expect(again.percent).toBe(100)
  })

  test('refuses tests that fail on the original', () => {
    expect(() => mutationTest(shop, () => false)).toThrow(RangeError)
  })
})

/** The mutant after so many others, or the last. */
function nth(mutants: Iterable<Mutant>, skipped: number): Mutant {
  let last: Mutant | undefined
  let left = skipped
  for (const mutant of mutants) {
    last = mutant
    if (left-- === 0) break
  }
  if (last === undefined) throw new Error('no mutants')
  return last
}

test('whatever the configuration: every tell tells, and no request tells an equivalent mutant', {
  timeout: 60_000,
}, () => {
  const verdicts = { survived: 0, equivalent: 0, unknown: 0, tried: 0 }
  fc.assert(
    fc.property(
      routeConfigurations({ maxVirtualHosts: 2, maxRoutes: 3 })
        .filter((drawn) => !mutantsOf(drawn).next().done)
        .chain((drawn) =>
          fc.tuple(
            fc.constant(drawn),
            fc.nat(19).map((skipped) => nth(mutantsOf(drawn), skipped)),
            fc.array(requestsOf(drawn), { minLength: 20, maxLength: 20 }),
          ),
        ),
      ([configuration, mutant, requests]) => {
        const report = mutationTest(configuration, () => true, { mutants: [mutant] })

        verdicts.unknown += report.unknown.length
        for (const { tell } of report.survived) {
          verdicts.survived++
          expect(effectOf(mutant.configuration, tell)).not.toEqual(effectOf(configuration, tell))
        }
        if (report.equivalent.length === 0) return
        verdicts.equivalent++
        const tables = [configuration, mutant.configuration].map((it) => compileRoutes(it))
        for (const asked of requests) {
          verdicts.tried++
          const [was, is] = tables.map((table) => effectOf(configuration, asked, table))
          expect(is).toBe(was)
        }
      },
    ),
    { numRuns: 150, seed: 2 },
  )
  expect(verdicts.survived).toBeGreaterThan(70)
  expect(verdicts.equivalent).toBeGreaterThan(5)
  expect(verdicts.tried).toBeGreaterThan(100)
  expect(verdicts.unknown).toBeLessThan(verdicts.survived)
})
