import { compileRoutes, type RouteConfigurationJson, request } from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requestsOf, routeConfigurations } from '../src/arbitraries/index.ts'
import { type LoggedRequest, replay } from '../src/index.ts'

const random = seededRandom(11)
const draws = Array.from({ length: 150 }, () => Math.floor(random() * 2 ** 40))

/** The places that a hundred and fifty draws send a request to, each at least once. */
function placesOf(configuration: RouteConfigurationJson, asked: LoggedRequest): Set<string> {
  const table = compileRoutes(configuration)
  const plain = request({ scheme: 'https', ...asked })
  return new Set(
    draws.map((draw) => {
      const match = table.match(plain, { random: draw })
      if (match === undefined) return 'none'
      const { action } = match
      if (action.kind === 'cluster') return action.cluster
      return action.kind === 'redirect' ? action.location : action.kind
    }),
  )
}

test('agrees with trying draw after draw: elsewhere is where no draw leads to the same place', {
  timeout: 60_000,
}, () => {
  const verdicts = { same: 0, possible: 0, elsewhere: 0, undecided: 0 }
  fc.assert(
    fc.property(
      fc
        .tuple(
          routeConfigurations({ maxVirtualHosts: 1 }),
          routeConfigurations({ maxVirtualHosts: 1 }),
        )
        .chain((both) => fc.tuple(fc.constant(both), requestsOf(both[0]), fc.boolean())),
      ([[before, other], { request: asked }, same]) => {
        const after = same ? before : other
        const { authority, path, method = 'GET', headers = {} } = asked
        const entry = {
          line: 1,
          authority,
          path,
          method,
          headers: headers as Record<string, string>,
        }
        const was = placesOf(before, entry)
        const will = placesOf(after, entry)

        const report = replay([entry], before, after)

        const [verdict] = Object.entries(report.verdicts).find(([, count]) => count === 1) ?? []
        if (![...was].some((place) => will.has(place))) expect(verdict).toBe('elsewhere')
        else if (was.size === 1 && will.size === 1) expect(verdict).toBe('same')
        else expect(verdict).toMatch(/same|possible/)
        if (same) expect(verdict).toBe('same')
        if (verdict !== undefined && verdict in verdicts) verdicts[verdict as 'same']++
      },
    ),
    { numRuns: 1000, seed: 5 },
  )
  expect(verdicts.same).toBeGreaterThan(50)
  expect(verdicts.possible).toBeGreaterThan(0)
  expect(verdicts.elsewhere).toBeGreaterThan(20)
})
