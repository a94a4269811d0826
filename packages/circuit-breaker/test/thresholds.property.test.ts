import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BreakerSettleError, createThresholds } from '../src/index.ts'

const names = ['connections', 'pendingRequests', 'requests', 'retries', 'connectionPools'] as const
const step = fc.record({
  name: fc.constantFrom(...names),
  verb: fc.constantFrom('admit', 'admit', 'settle'),
})
const limit = fc.oneof(fc.nat(5), fc.constantFrom(4_294_967_295))

test('never more are admitted than the limit, and every refusal has its reason', () => {
  let refused = 0
  let errors = 0
  const options = fc.record({
    maxConnections: limit,
    maxPendingRequests: limit,
    maxRequests: limit,
    maxRetries: limit,
    maxConnectionPools: limit,
    retryBudget: fc.option(
      fc.record({ budgetPercent: fc.nat(100), minRetryConcurrency: fc.nat(3) }),
      { nil: undefined },
    ),
  })
  fc.assert(
    fc.property(options, fc.array(step, { minLength: 50, maxLength: 150 }), (given, steps) => {
      const { retryBudget, ...limits } = given
      const thresholds = createThresholds({ ...limits, ...(retryBudget && { retryBudget }) })
      const active = {
        connections: 0,
        pendingRequests: 0,
        requests: 0,
        retries: 0,
        connectionPools: 0,
      }
      const limitOf = (name: (typeof names)[number]): number => {
        if (name !== 'retries' || retryBudget === undefined) {
          return limits[`max${name.charAt(0).toUpperCase()}${name.slice(1)}` as keyof typeof limits]
        }
        const inFlight = active.requests + active.pendingRequests
        const share = Math.floor((retryBudget.budgetPercent * inFlight) / 100)
        return Math.max(share, retryBudget.minRetryConcurrency)
      }
      const admit = (name: (typeof names)[number]): void => {
        const fits = active[name] < limitOf(name)
        expect(thresholds[name].admit()).toBe(fits)
        if (fits) active[name]++
        else refused++
      }
      const settle = (name: (typeof names)[number]): void => {
        if (active[name] > 0) {
          thresholds[name].settle()
          active[name]--
          return
        }
        errors++
        expect(() => thresholds[name].settle()).toThrow(BreakerSettleError)
      }
      for (const { name, verb } of steps) {
        if (verb === 'admit') admit(name)
        else settle(name)
        expect(thresholds[name].active).toBe(active[name])
      }
    }),
    { numRuns: 1_000, seed: 21 },
  )
  expect(refused).toBeGreaterThan(1_000)
  expect(errors).toBeGreaterThan(1_000)
})
