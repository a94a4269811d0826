import { describe, expect, test } from 'vitest'
import { createCircuitThresholds, createThresholds } from './circuit-thresholds.ts'
import { thresholdGauges } from './threshold-gauges.ts'

describe('limits', () => {
  test('are those of Envoy by default', () => {
    const { connections, pendingRequests, requests, retries, connectionPools } = createThresholds()

    expect([connections, pendingRequests, requests, retries, connectionPools].map((it) => it.limit))
      // The defaults in config/cluster/v3/circuit_breaker.proto.
      .toEqual([1024, 1024, 1024, 3, 2 ** 64])
  })

  test('admit up to the limit, count refusals, and admit again after one is given back', () => {
    const { connections } = createThresholds({ maxConnections: 2 })

    expect([1, 2, 3, 4].map(() => connections.admit())).toEqual([true, true, false, false])
    expect(connections).toMatchObject({ active: 2, remaining: 0, isOpen: true, overflows: 2 })
    connections.settle()
    expect(connections).toMatchObject({ active: 1, remaining: 1, isOpen: false })
    expect(connections.admit()).toBe(true)
  })

  test('of 0 admit nothing, of 2^32 − 1 practically everything', () => {
    const none = createThresholds({ maxRequests: 0 }).requests
    const all = createThresholds({ maxRequests: 4294967295 }).requests
    let admitted = 0
    for (let i = 0; i < 100_000; i++) if (all.admit()) admitted++

    expect(none.admit()).toBe(false)
    expect(admitted).toBe(100_000)
  })

  test('can be passed by what must be made', () => {
    const { connections } = createThresholds({ maxConnections: 1 })
    connections.take()
    connections.take()

    expect(connections).toMatchObject({ active: 2, remaining: 0, isOpen: true, overflows: 0 })
    connections.settle()
    expect(connections.admit()).toBe(false)
  })

  test('of one priority know nothing of the other', () => {
    const thresholds = createCircuitThresholds({
      default: { maxRequests: 1 },
      high: { maxRequests: 2 },
    })
    thresholds.default.requests.admit()

    expect(thresholds.default.requests.admit()).toBe(false)
    expect(thresholds.high.requests.remaining).toBe(2)
  })

  test.each([-1, 0.5, Number.NaN, Infinity, 2 ** 32])('cannot be %d', (limit) => {
    const error = { code: 'ERR_CIRCUIT_BREAKER_OPTION' }
    expect(() => createThresholds({ maxConnections: limit })).toThrow(
      expect.objectContaining(error),
    )
    expect(() => createThresholds({ maxRetries: limit })).toThrow(expect.objectContaining(error))
    expect(() => createThresholds({ retryBudget: { minRetryConcurrency: limit } })).toThrow(
      expect.objectContaining(error),
    )
  })

  test.each([-1, 101, Number.NaN])('a budget cannot be %d percent', (budgetPercent) => {
    expect(() => createThresholds({ retryBudget: { budgetPercent } })).toThrow('budgetPercent')
  })

  test('settling what was not admitted is an error', () => {
    const { requests, retries } = createThresholds()

    expect(() => requests.settle()).toThrow('maxRequests: settled what was not admitted')
    expect(() => retries.settle()).toThrow('ERR_CIRCUIT_BREAKER_SETTLE')
    expect(requests.active).toBe(0)
  })
})

describe('retries', () => {
  test('with a budget are a share of active and pending requests, rounded down, but some always', () => {
    const { requests, pendingRequests, retries } = createThresholds({
      retryBudget: { budgetPercent: 25, minRetryConcurrency: 1 },
      maxRetries: 0,
    })
    expect(retries.limit).toBe(1)
    for (let i = 0; i < 7; i++) requests.admit()
    for (let i = 0; i < 4; i++) pendingRequests.admit()
    // 25 % of 11 is 2.75.
    expect(retries.limit).toBe(2)
    expect([1, 2, 3].map(() => retries.admit())).toEqual([true, true, false])
    pendingRequests.admit()
    expect(retries.admit()).toBe(true)
    for (let i = 0; i < 7; i++) requests.settle()
    expect(retries).toMatchObject({ active: 3, limit: 1, remaining: 0, isOpen: true })
  })

  test('by default get 20 %, and three at least', () => {
    const { requests, retries } = createThresholds({ retryBudget: {} })
    expect(retries.limit).toBe(3)
    for (let i = 0; i < 20; i++) requests.admit()
    expect(retries.limit).toBe(4)
  })
})

describe('gauges', () => {
  test('are named as in Envoy, with what remains only if asked for', () => {
    const plain = createThresholds({ maxRequests: 1 })
    plain.requests.admit()
    const tracking = createThresholds({ maxConnections: 5, trackRemaining: true })
    tracking.connections.admit()

    expect(thresholdGauges(plain)).toEqual({
      cx_open: 0,
      cx_pool_open: 0,
      rq_open: 1,
      rq_pending_open: 0,
      rq_retry_open: 0,
    })
    expect(thresholdGauges(tracking)).toMatchObject({
      remaining_cx: 4,
      remaining_cx_pools: 2 ** 64,
      remaining_pending: 1024,
      remaining_retries: 3,
      remaining_rq: 1024,
    })
  })

  test('of retries go by their number even with a budget', () => {
    const thresholds = createThresholds({
      maxRetries: 2,
      retryBudget: { minRetryConcurrency: 5 },
      trackRemaining: true,
    })
    thresholds.retries.admit()
    thresholds.retries.admit()

    expect(thresholdGauges(thresholds)).toMatchObject({ rq_retry_open: 1, remaining_retries: 0 })
  })
})
