import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  askedTimeoutMs,
  attemptedHosts,
  chooseHost,
  deadlineHeaders,
  expectedTimeoutMs,
  formatGrpcTimeout,
  omitCanaryHosts,
  omitHostMetadata,
  type PriorityAvailability,
  parseGrpcTimeout,
  previousHosts,
  previousPriorities,
  requestTimeouts,
  retryBudget,
  retryThrottle,
  routeTimeouts,
} from '../src/index.ts'

const option = expect.objectContaining({ code: 'ERR_RESILIENCE_OPTION' })

const turns = (hosts: readonly string[]) => {
  let picks = 0
  return { pick: () => hosts[picks++ % Math.max(1, hosts.length)], picks: () => picks }
}

test.each([
  { tried: [], most: 5, expected: 'a', picks: 1 },
  { tried: ['a'], most: 5, expected: 'b', picks: 2 },
  { tried: ['a', 'b'], most: 1, expected: 'b', picks: 2 },
  { tried: ['a', 'b', 'c'], most: 2, expected: 'c', picks: 3 },
  { tried: ['a'], most: 0, expected: 'a', picks: 1 },
])('after $tried with $most attempts the host is $expected', ({ tried, most, expected, picks }) => {
  const attempted = attemptedHosts()
  for (const host of tried) attempted.add(host)
  const hosts = turns(['a', 'b', 'c'])
  const predicates = [previousHosts<string>()]

  expect(chooseHost({ ...hosts, predicates, attempted, maxAttempts: most })).toBe(expected)
  expect(hosts.picks()).toBe(picks)
})

test('canaries and hosts of some metadata are left out', () => {
  const attempted = attemptedHosts()
  attempted.add('x')
  const metadata: Record<string, Record<string, unknown>> = {
    b: { stage: { name: 'canary', n: [1, 2] }, zone: 'eu' },
    c: { stage: { name: 'canary' } },
  }
  const omit = omitHostMetadata<string>(
    { stage: { n: [1, 2], name: 'canary' } },
    (it) => metadata[it],
  )
  const chosen = chooseHost({
    ...turns(['a', 'b', 'c']),
    predicates: [omitCanaryHosts((it) => it === 'a'), omit],
    attempted,
    maxAttempts: 5,
  })

  expect(chosen).toBe('c')
  expect(omitHostMetadata<string>({}, (it) => metadata[it])('b', attempted)).toBe(false)
})

test('without any host there is none, and balancers are not asked for ever', () => {
  const attempted = attemptedHosts()
  attempted.add('a')
  const one = turns(['a'])

  expect(chooseHost({ ...turns([]), predicates: [previousHosts()], attempted })).toBeUndefined()
  expect(chooseHost({ ...one, predicates: [previousHosts()], attempted, maxAttempts: 100 })).toBe(
    'a',
  )
  expect(one.picks()).toBe(101)
})

const healthy = (...parts: number[]): PriorityAvailability[] =>
  parts.map((it) => ({ healthy: it, degraded: 0 }))
const usual = { healthy: [100, 0, 0], degraded: [0, 0, 0] }

test('priorities that were tried get nothing until none is left', () => {
  const retries = previousPriorities({ updateFrequency: 1 })
  const all = healthy(100, 100, 100)
  const shares = [[], [0], [0, 1], [0, 1, 2]].map(
    (attempted) => retries.shares(attempted, all, usual).healthy,
  )

  expect(shares).toEqual([
    [100, 0, 0],
    [0, 100, 0],
    [0, 0, 100],
    // All were tried: from the beginning, by what they can bear.
    [100, 0, 0],
  ])
})

test('with a frequency of two the shares change after every second try', () => {
  const retries = previousPriorities({ updateFrequency: 2 })
  const all = healthy(100, 60, 40)
  const shares = [[], [0], [0, 0], [0, 0, 1]].map((it) => retries.shares(it, all, usual).healthy)

  expect(shares).toEqual([
    [100, 0, 0],
    [100, 0, 0],
    [0, 60, 40],
    [0, 60, 40],
  ])
})

test('if no priority can bear anything the shares are the usual ones', () => {
  const retries = previousPriorities({ updateFrequency: 1 })
  expect(retries.shares([0], healthy(0, 0, 0), usual)).toBe(usual)
})

test('shares are whole and add up to a hundred, whatever is said', () => {
  let shared = 0
  fc.assert(
    fc.property(
      fc.array(fc.record({ healthy: fc.double(), degraded: fc.double({ min: 0, max: 150 }) }), {
        minLength: 1,
        maxLength: 300,
      }),
      fc.array(fc.nat(300), { minLength: 1, maxLength: 5 }),
      (priorities, attempted) => {
        const retries = previousPriorities({ updateFrequency: 1 })
        const none = { healthy: [], degraded: [] }
        const shares = retries.shares(attempted, priorities, none)
        if (shares === none) return
        shared += 1
        const all = [...shares.healthy, ...shares.degraded]
        expect(all.every((it) => Number.isInteger(it) && it >= 0)).toBe(true)
        expect(all.reduce((a, b) => a + b, 0)).toBe(100)
      },
    ),
    { seed: 31 },
  )
  expect(shared).toBeGreaterThan(50)
})

test.each([
  { active: 0, limit: 3 },
  { active: 15, limit: 3 },
  { active: 19, limit: 3 },
  { active: 20, limit: 4 },
  { active: 104, limit: 20 },
])('with $active requests in flight $limit retries may be', ({ active, limit }) => {
  const budget = retryBudget({}, () => 0)
  for (let i = 0; i < active; i++) budget.begin()

  const admitted = Array.from({ length: 40 }, () => budget.admitRetry()).filter(Boolean).length
  expect([budget.limit(), admitted, budget.retries]).toEqual([limit, limit, limit])
  budget.releaseRetry()
  expect(budget.admitRetry()).toBe(true)
})

test('what ends more often than it began is not counted below nothing', () => {
  const budget = retryBudget({ minRetryConcurrency: 0, budgetPercent: 100 }, () => 0)
  budget.end()
  budget.releaseRetry()
  budget.begin()

  expect([budget.limit(), budget.retries]).toEqual([1, 0])
})

test('with an interval requests count for as long, and a tenth more at most', () => {
  let now = 0
  const budget = retryBudget(
    { minRetryConcurrency: 0, budgetPercent: 100, budgetIntervalMs: 1000 },
    () => now,
  )
  const random = seededRandom(5)
  const begun: number[] = []
  const year = 365 * 86_400_000
  let checks = 0
  while (now < 10 * year) {
    now += random() < 0.01 ? random() * 10 * 86_400_000 : random() * 150
    budget.begin()
    begun.push(now)
    const within = (ms: number): number => begun.slice(-200).filter((it) => it > now - ms).length
    expect(budget.limit()).toBeGreaterThanOrEqual(within(1000))
    expect(budget.limit()).toBeLessThanOrEqual(within(1100))
    checks += 1
  }
  expect(checks).toBeGreaterThan(5000)
})

test('the throttle of gRPC stops retries at half and lets them again after successes', () => {
  // 10 tokens, a tenth back for each success: five failures stop it, ten successes give the one back that is lacking.
  const throttle = retryThrottle({ maxTokens: 10, tokenRatio: 0.1 })
  const after = (failures: number, successes: number): boolean => {
    for (let i = 0; i < failures; i++) throttle.failed()
    for (let i = 0; i < successes; i++) throttle.succeeded()
    return throttle.admitRetry()
  }

  expect([after(4, 0), after(1, 0), after(0, 1)]).toEqual([true, false, true])
  expect(throttle.tokens).toBe(5.1)
  expect([after(100, 0), throttle.tokens]).toEqual([false, 0])
  expect([after(0, 50), after(0, 1), after(0, 1e5), throttle.tokens]).toEqual([
    false,
    true,
    true,
    10,
  ])
})

test.each([
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['3S', 3000],
  ['4m', 4],
  ['1500u', 2],
  ['1n', 1],
  ['0m', 0],
  ['99999999H', 359_999_996_400_000],
  ['100000000m', undefined],
  ['-1m', undefined],
  ['1', undefined],
  ['m', undefined],
  ['1 m', undefined],
  ['', undefined],
])('grpc-timeout %j is %s ms', (text, ms) => {
  expect(parseGrpcTimeout(text)).toBe(ms)
})

test.each([
  [0, '0m'],
  [1.9, '1m'],
  [99_999_999, '99999999m'],
  [100_000_000, '100000S'],
  [1e12, '16666666M'],
  [Number.NaN, '0m'],
  [-1, '0m'],
  [Infinity, '99999999H'],
])('%d ms are written %j', (ms, text) => {
  expect(formatGrpcTimeout(ms)).toBe(text)
})

test('what is written is read again, and never more than it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e14 }), (ms) => {
      const read = parseGrpcTimeout(formatGrpcTimeout(ms)) ?? Number.NaN
      expect(read).toBeLessThanOrEqual(ms)
      expect(ms - read).toBeLessThan(Math.max(1, ms * 0.04))
    }),
    { seed: 32 },
  )
})

const lookup = (headers: Readonly<Record<string, string>>) => (name: string) => headers[name]
const http = { isGrpc: false }
const grpc = { isGrpc: true }
const route = { timeoutMs: 15_000, retryPolicy: { perTryTimeoutMs: 2000 } }

test.each([
  { what: 'the route', headers: {}, facts: http, expected: [15_000, 2000] },
  {
    what: 'headers',
    headers: {
      'x-envoy-upstream-rq-timeout-ms': '500',
      'x-envoy-upstream-rq-per-try-timeout-ms': '100',
    },
    facts: http,
    expected: [500, 100],
  },
  {
    what: 'a try that may not outlast the whole',
    headers: { 'x-envoy-upstream-rq-timeout-ms': '2000' },
    facts: http,
    expected: [2000, 0],
  },
  {
    what: 'no number',
    headers: { 'x-envoy-upstream-rq-timeout-ms': 'soon' },
    facts: http,
    expected: [15_000, 2000],
  },
  {
    what: 'a header of 0',
    headers: { 'x-envoy-upstream-rq-timeout-ms': '0' },
    facts: http,
    expected: [0, 2000],
  },
  {
    what: 'what is expected, if it is not respected',
    headers: { 'x-envoy-expected-rq-timeout-ms': '700' },
    facts: http,
    expected: [15_000, 2000],
  },
  {
    what: 'what is expected, before what is asked',
    headers: { 'x-envoy-expected-rq-timeout-ms': '7000', 'x-envoy-upstream-rq-timeout-ms': '9' },
    facts: { ...http, respectsExpected: true },
    expected: [7000, 2000],
  },
  {
    what: 'grpc-timeout, if it is not looked at',
    headers: { 'grpc-timeout': '1S' },
    facts: grpc,
    expected: [15_000, 2000],
  },
])('time-outs by $what', ({ headers, facts, expected }) => {
  const { totalMs, perTryMs } = requestTimeouts(route, lookup(headers), facts)
  expect([totalMs, perTryMs]).toEqual(expected)
})

test('a request that asks for nothing has the time-outs of its route', () => {
  const ms = fc.nat({ max: 5000 })
  const retryPolicy = fc.option(fc.record({ perTryTimeoutMs: ms }), { nil: undefined })
  fc.assert(
    fc.property(fc.record({ timeoutMs: ms, retryPolicy }), (given) => {
      expect(routeTimeouts(given)).toEqual(requestTimeouts(given, lookup({}), http))
    }),
  )
})

test.each([
  { said: '10S', max: 0, offset: 0, total: 10_000 },
  { said: '10S', max: 4000, offset: 0, total: 4000 },
  { said: undefined, max: 4000, offset: 0, total: 4000 },
  { said: undefined, max: 0, offset: 0, total: 0 },
  // The offset comes off before the bound is put on.
  { said: '5S', max: 4500, offset: 1000, total: 4000 },
  { said: '1S', max: 0, offset: 1000, total: 1000 },
])('grpc-timeout $said within $max less $offset is $total', ({ said, max, offset, total }) => {
  const given = { timeoutMs: 1, maxGrpcTimeoutMs: max, grpcTimeoutOffsetMs: offset }
  const header = lookup(said === undefined ? {} : { 'grpc-timeout': said })
  expect(requestTimeouts(given, header, grpc).totalMs).toBe(total)
})

test.each([
  { totalMs: 1000, perTryMs: 300, elapsed: 0, hedges: false, expected: 300 },
  { totalMs: 1000, perTryMs: 300, elapsed: 800, hedges: false, expected: 200 },
  { totalMs: 1000, perTryMs: 300, elapsed: 0, hedges: true, expected: 1000 },
  { totalMs: 1000, perTryMs: 0, elapsed: 999.5, hedges: false, expected: 1 },
  { totalMs: 1000, perTryMs: 0, elapsed: 5000, hedges: false, expected: 1 },
  { totalMs: 0, perTryMs: 300, elapsed: 5000, hedges: false, expected: 300 },
  { totalMs: 0, perTryMs: 0, elapsed: 5, hedges: false, expected: undefined },
])(
  'of $totalMs and $perTryMs after $elapsed ms the upstream is told $expected',
  ({ elapsed, hedges, expected, ...timeouts }) => {
    expect(expectedTimeoutMs(timeouts, elapsed, { ...http, hedges })).toBe(expected)
  },
)

test('a time is carried on in headers, and read from them', () => {
  expect(deadlineHeaders(1500.7, http)).toEqual([['x-envoy-expected-rq-timeout-ms', '1500']])
  expect(deadlineHeaders(0.2, grpc)).toEqual([
    ['x-envoy-expected-rq-timeout-ms', '1'],
    ['grpc-timeout', '1m'],
  ])
  expect([deadlineHeaders(undefined, grpc), deadlineHeaders(Infinity, grpc)]).toEqual([[], []])
  expect(askedTimeoutMs(lookup(Object.fromEntries(deadlineHeaders(250, grpc))))).toBe(250)
  expect(askedTimeoutMs(lookup({}))).toBe(Infinity)
})

test.each([
  () => retryBudget({ budgetPercent: 101 }, () => 0),
  () => retryBudget({ budgetPercent: Number.NaN }, () => 0),
  () => retryBudget({ minRetryConcurrency: -1 }, () => 0),
  () => retryBudget({ budgetIntervalMs: -1 }, () => 0),
  () => retryThrottle({ maxTokens: 0, tokenRatio: 1 }),
  () => retryThrottle({ maxTokens: 1001, tokenRatio: 1 }),
  () => retryThrottle({ maxTokens: 10, tokenRatio: 0.0001 }),
  () => retryThrottle({ maxTokens: 10, tokenRatio: Number.NaN }),
  () => previousPriorities({ updateFrequency: 0 }),
])('refuses options that make no sense: %s', (make) => {
  expect(make).toThrow(option)
})

test('a clock that goes back or breaks stands still for a budget', () => {
  let now = Number.NaN
  const budget = retryBudget(
    { minRetryConcurrency: 0, budgetPercent: 100, budgetIntervalMs: 10 },
    () => now,
  )
  const limits = [Number.NaN, 1000, -5, Infinity, 900, 1005].map((it) => {
    now = it
    budget.begin()
    return budget.limit()
  })
  expect(limits).toEqual([1, 1, 2, 3, 4, 5])
})
