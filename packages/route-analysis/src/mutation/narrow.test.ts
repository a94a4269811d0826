import type { RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { routeConfigurations } from '../arbitraries/index.ts'
import { diffRoutes } from '../diff-routes.ts'
import { mutantsOf } from './mutants-of.ts'
import { narrow } from './narrow.ts'

const host = (routes: readonly RouteJson[]): RouteConfigurationJson => ({
  virtualHosts: [
    { name: 'a', domains: ['a'], routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }] },
    { name: 'b', domains: ['*'], routes },
  ],
})

const to = (prefix: string): RouteJson => ({ match: { prefix }, route: { cluster: prefix } })

test('keeps the routes that may share a request with one that changed, and their places', () => {
  const routes = [to('/x'), to('/tea'), to('/cart/gift'), to('/cart'), to('/')]
  const changed = routes.with(3, { match: { path: '/cart' }, route: { cluster: '/cart' } })

  const [before, after] = narrow([host(routes), host(changed)], 1)

  expect(before.configuration.virtualHosts?.map((it) => it.routes)).toEqual([
    [],
    [to('/cart/gift'), to('/cart'), to('/')],
  ])
  expect(after.configuration.virtualHosts?.[1]?.domains).toEqual(['*'])
  const ref = { virtualHost: 'b', virtualHostIndex: 1, route: 1, name: '' }
  const outcome = { shares: [{ share: 1, answer: undefined, ref }] }
  expect(after.widen(outcome).shares[0]?.ref?.route).toBe(3)
  const nowhere = { shares: [{ share: 1, answer: undefined, ref: undefined }] }
  expect(after.widen(nowhere)).toEqual(nowhere)
})

test('changes nothing of a comparison: the same classes, with the same outcomes', {
  timeout: 60_000,
}, () => {
  let compared = 0
  fc.assert(
    fc.property(routeConfigurations({ maxRoutes: 4 }), fc.nat(9), (drawn, skip) => {
      const mutant = [...mutantsOf(drawn)].at(skip)
      if (mutant === undefined) return
      compared++
      const both = [drawn, mutant.configuration] as const
      const [before, after] = narrow(both, mutant.ref.virtualHostIndex)

      const whole = diffRoutes(...both)
      const part = diffRoutes(before.configuration, after.configuration)

      expect(part.equivalent).toBe(whole.equivalent)
      const answers = (it: typeof whole) =>
        new Set(
          it.classes.map((one) =>
            JSON.stringify(
              [one.before, one.after].map((o) =>
                o.shares.map(({ answer, share }) => [answer, share]),
              ),
            ),
          ),
        )
      expect(answers(part)).toEqual(answers(whole))
    }),
    { numRuns: 100, seed: 4 },
  )
  expect(compared).toBeGreaterThan(50)
})
