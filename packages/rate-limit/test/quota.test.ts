import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { createQuota, type Quota, type QuotaGrant, type QuotaRequest } from '../src/index.ts'

const quotas = [
  { name: 'lasting', maxAmount: 10 },
  { name: 'rolling', maxAmount: 10, validDurationMs: 1000 },
  { name: 'fixed', maxAmount: 10, validDurationMs: 1000, window: 'fixed' },
  {
    name: 'plans',
    maxAmount: 1,
    validDurationMs: 60_000,
    overrides: [
      { dimensions: { plan: 'gold', region: 'eu' }, maxAmount: 7, validDurationMs: 5000 },
      { dimensions: { plan: 'gold' }, maxAmount: 5 },
    ],
  },
] as const

const play = (
  quota: Quota,
  requests: readonly (readonly [now: number, request: QuotaRequest])[],
): QuotaGrant[] => requests.map(([now, request]) => quota.request(request, now))
const amounts = (grants: readonly QuotaGrant[]): number[] => grants.map(({ amount }) => amount)

test('a lasting quota is held until it is released, and no more can be released than is held', () => {
  const name = 'lasting'
  const grants = play(createQuota({ quotas }), [
    [0, { name, amount: 6 }],
    [1e12, { name, amount: 5 }],
    [1e12, { name, amount: 5, bestEffort: true }],
    [1e12, { name, amount: 1, bestEffort: true }],
    [1e12, { name, amount: -3 }],
    [1e12, { name, amount: 3 }],
    [1e12, { name, amount: -100 }],
  ])
  expect(amounts(grants)).toEqual([6, 0, 4, 0, 3, 3, 10])
  expect(grants.every(({ validMs }) => validMs === 0)).toBe(true)
})

test('a rolling quota counts each allocation for its own time, in ticks of a tenth of a second', () => {
  const name = 'rolling'
  const grants = play(createQuota({ quotas }), [
    [0, { name, amount: 4 }],
    [450, { name, amount: 6 }],
    [999, { name, amount: 1 }],
    [1000, { name, amount: 5 }],
    [1000, { name, amount: 5, bestEffort: true }],
    [1399, { name, amount: 1 }],
    // Tick 4 of the second before.
    [1400, { name, amount: 6 }],
  ])
  expect(amounts(grants)).toEqual([4, 6, 0, 0, 4, 0, 6])
  expect(grants.map(({ validMs }) => validMs)).toEqual([1000, 1000, 0, 0, 1000, 0, 1000])
})

test('a fixed quota begins with the first allocation and is new when its time is over', () => {
  const name = 'fixed'
  const grants = play(createQuota({ quotas }), [
    [300, { name, amount: 4 }],
    [1299, { name, amount: 7 }],
    [1299, { name, amount: 6 }],
    [1300, { name, amount: 10 }],
  ])
  expect(grants).toEqual([
    { amount: 4, validMs: 1000 },
    { amount: 0, validMs: 0 },
    { amount: 6, validMs: 1 },
    { amount: 10, validMs: 1000 },
  ])
})

test('of the overrides the first counts whose dimensions the request has', () => {
  const quota = createQuota({ quotas })
  const most = (dimensions: Record<string, string>): number =>
    quota.request({ name: 'plans', dimensions, amount: 100, bestEffort: true }, 0).amount

  expect(most({ plan: 'gold', region: 'eu', user: 'a' })).toBe(7)
  expect(most({ region: 'us', plan: 'gold' })).toBe(5)
  expect(most({ plan: 'tin' })).toBe(1)
  expect(most({})).toBe(1)
  // The order of dimensions does not matter.
  expect(most({ plan: 'gold', region: 'us' })).toBe(0)
  expect(quota.cells).toBe(4)
})

test('a repeated id gets the first answer with what is left of its time, for one to two spans', () => {
  const quota = createQuota({ quotas, minDeduplicationMs: 500 })
  const ask = (now: number, dedupId: string, amount = 4) =>
    quota.request({ name: 'rolling', amount, dedupId }, now)

  expect(ask(0, 'x')).toEqual({ amount: 4, validMs: 1000 })
  expect(ask(400, 'x', 9)).toEqual({ amount: 4, validMs: 600 })
  expect(ask(999, 'x')).toEqual({ amount: 4, validMs: 1 })
  // Two spans after the first: forgotten, and nothing but the new allocation counts.
  expect(ask(1000, 'x')).toEqual({ amount: 4, validMs: 1000 })
  expect(quota.request({ name: 'rolling', amount: 6 }, 1000).amount).toBe(6)
})

test('a refusal is remembered too, and ids of different quotas are different', () => {
  const quota = createQuota({ quotas })
  const ask = (name: string, amount: number) => quota.request({ name, amount, dedupId: 'x' }, 0)

  expect(amounts([ask('lasting', 11), ask('lasting', 1), ask('fixed', 1)])).toEqual([0, 0, 1])
})

test('a quota over ten virtual years never grants more than it has in any rolling span', () => {
  const quota = createQuota({ quotas: [{ name: 'q', maxAmount: 50, validDurationMs: 3_600_000 }] })
  const random = seededRandom(6)
  const end = 10 * 365 * 86_400_000
  let recent: { readonly at: number; readonly amount: number }[] = []
  let now = 0
  let granted = 0
  let grants = 0
  while (now < end) {
    now += random() ** 4 * 40_000_000
    const wanted = Math.ceil(random() * 30)
    const { amount } = quota.request({ name: 'q', amount: wanted, bestEffort: true }, now)
    // The plain definition, with ticks of 100 ms.
    const tick = Math.floor(now / 100)
    recent = recent.filter(({ at }) => at > tick - 36_000)
    const used = recent.reduce((sum, it) => sum + it.amount, 0)
    expect(amount).toBe(Math.min(wanted, 50 - used))
    recent.push({ at: tick, amount })
    granted += amount
    grants += 1
  }
  expect(grants).toBeGreaterThan(20_000)
  expect(granted).toBeGreaterThan(grants)
})

test('answers and cells are bounded: the oldest are forgotten', () => {
  const quota = createQuota({ quotas, maxDedupIds: 10, maxCells: 3 })
  for (let i = 0; i < 1000; i++) {
    const dimensions = { user: String(i) }
    expect(
      quota.request({ name: 'lasting', dimensions, amount: 10, dedupId: `${i}` }, 0).amount,
    ).toBe(10)
    expect(quota.cells).toBeLessThanOrEqual(3)
  }
  // Remembered still, and forgotten long since.
  const again = (i: number) =>
    quota.request({ name: 'lasting', dimensions: { user: `${i}` }, amount: 1, dedupId: `${i}` }, 0)
  expect(amounts([again(999), again(0)])).toEqual([10, 1])
})

test('a clock that goes back or breaks stands still, and no answer is without a number', () => {
  const quota = createQuota({ quotas })
  const times = [Number.NaN, 5000, 4000, Number.NaN, Infinity, -Infinity, 5999]
  const grants = times.flatMap((now) =>
    ['rolling', 'fixed'].map((name) =>
      quota.request({ name, amount: 4, dedupId: `${now}${name}` }, now),
    ),
  )
  expect(grants.every(({ validMs }) => validMs >= 0 && validMs < Infinity)).toBe(true)
  expect(quota.request({ name: 'rolling', amount: 10 }, 6000).amount).toBe(10)
})

const option = expect.objectContaining({ code: 'ERR_RATE_LIMIT_OPTION' })

test.each([
  { quotas: [{ name: 'a', maxAmount: -1 }] },
  { quotas: [{ name: 'a', maxAmount: Number.NaN }] },
  { quotas: [{ name: 'a', maxAmount: 1, validDurationMs: -1 }] },
  { quotas: [{ name: 'a', maxAmount: 1, overrides: [{ dimensions: {}, maxAmount: 0.5 }] }] },
  {
    quotas: [
      { name: 'a', maxAmount: 1 },
      { name: 'a', maxAmount: 2 },
    ],
  },
  { quotas: [{ name: 'a', maxAmount: 1, window: 'sliding' as 'fixed' }] },
  { quotas: [], maxCells: 0 },
  { quotas: [], minDeduplicationMs: 0 },
])('refuses %j', (options) => {
  expect(() => createQuota(options)).toThrow(option)
})

test('refuses a quota that is not there and an amount that is not whole', () => {
  const quota = createQuota({ quotas })

  expect(() => quota.request({ name: 'none', amount: 1 }, 0)).toThrow(option)
  const cost = expect.objectContaining({ code: 'ERR_RATE_LIMIT_COST' })
  expect(() => quota.request({ name: 'fixed', amount: 0.5 }, 0)).toThrow(cost)
  expect(() => quota.request({ name: 'fixed', amount: Number.NaN }, 0)).toThrow(cost)
})
