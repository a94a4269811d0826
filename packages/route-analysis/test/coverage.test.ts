import { compileRoutes, request } from '@meshwright/route-matcher'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requestsOf, routeConfigurations } from '../src/arbitraries/index.ts'
import { createCoverage } from '../src/index.ts'

test('what is counted agrees with what the table answers, request by request', {
  timeout: 60_000,
}, () => {
  let taken = 0
  let fellThrough = 0
  fc.assert(
    fc.property(
      routeConfigurations().chain((drawn) =>
        fc.tuple(fc.constant(drawn), fc.array(requestsOf(drawn), { minLength: 8, maxLength: 8 })),
      ),
      ([configuration, requests]) => {
        const table = compileRoutes(configuration)
        const coverage = createCoverage(configuration)
        const expected = new Map<string, number>()
        for (const { request: asked, random } of requests) {
          coverage.record(request(asked), { random })
          const match = table.match(request(asked), { random })
          const host = table.virtualHosts.indexOf(match?.virtualHost.name ?? '')
          const key = match === undefined ? 'none' : `${host}/${match.route.index}`
          expected.set(key, (expected.get(key) ?? 0) + 1)
        }

        const { items, missed, overall, kinds } = coverage.report()

        for (const { ref, hits, id } of items.filter(({ kind }) => kind === 'rule')) {
          if (ref === undefined) throw new Error(`no route for ${id}`)
          expect(hits, id).toBe(expected.get(`${ref.virtualHostIndex}/${ref.route}`) ?? 0)
          taken += hits
          // A route is taken as often as its last predicate holds.
          const last = table.predicates(ref.virtualHostIndex, ref.route).length - 1
          const held = items.find((it) => it.id === `${id}.match[${last}]=true`)?.hits
          expect(held ?? hits).toBe(hits)
        }
        const none = items.reduce((sum, it) => sum + (it.kind === 'fallthrough' ? it.hits : 0), 0)
        fellThrough += none
        // Where a route takes everything, what falls through (`*`) has no item.
        expect(none).toBeLessThanOrEqual(expected.get('none') ?? 0)
        expect(overall.total).toBe(items.length)
        expect(overall.covered + missed.length).toBe(overall.total)
        expect(Object.values(kinds).reduce((sum, { total }) => sum + total, 0)).toBe(overall.total)
      },
    ),
    { numRuns: 300, seed: 3 },
  )
  expect(taken).toBeGreaterThan(100)
  expect(fellThrough).toBeGreaterThan(100)
})
