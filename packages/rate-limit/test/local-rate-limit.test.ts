import { expect, test } from 'vitest'
import {
  createLocalRateLimit,
  type LocalRateLimitOptions,
  type RequestDescriptor,
  rateLimitHeaders,
} from '../src/index.ts'

const perSecond = (maxTokens: number) => ({
  maxTokens,
  tokensPerFill: maxTokens,
  fillIntervalMs: 1000,
})
const of = (...pairs: readonly [string, string][]): RequestDescriptor => ({
  entries: pairs.map(([key, value]) => ({ key, value })),
})

const options: LocalRateLimitOptions = {
  tokenBucket: perSecond(100),
  descriptors: [
    {
      entries: [
        { key: 'client', value: 'foo' },
        { key: 'path', value: '/bar' },
      ],
      tokenBucket: perSecond(3),
    },
    { entries: [{ key: 'client', value: 'foo' }], tokenBucket: perSecond(2) },
    { entries: [{ key: 'user' }], tokenBucket: perSecond(1) },
  ],
}

const play = (
  given: LocalRateLimitOptions,
  requests: readonly (readonly [now: number, ...RequestDescriptor[]])[],
): boolean[] => {
  const limit = createLocalRateLimit(given, 0)
  return requests.map(([now, ...descriptors]) => limit.take(descriptors, now).allowed)
}

test('a request takes of the bucket whose entries are its own, in order', () => {
  const both = of(['client', 'foo'], ['path', '/bar'])
  const turned = of(['path', '/bar'], ['client', 'foo'])

  expect(
    play(options, [
      [0, both],
      [0, both],
      [0, both],
      [0, both],
    ]),
  ).toEqual([true, true, true, false])
  expect(
    play(
      options,
      Array.from({ length: 5 }, () => [0, turned] as const),
    ),
  ).toEqual([true, true, true, true, true])
})

test('of several that fit the slowest is asked first, and what it gave is gone though another refuses', () => {
  const limit = createLocalRateLimit(options, 0)
  const request = [of(['client', 'foo'], ['path', '/bar']), of(['client', 'foo'])]
  limit.take(request, 0)
  limit.take(request, 0)

  const third = limit.take(request, 0)
  expect(third).toEqual({
    allowed: false,
    shadowed: false,
    bucket: { descriptor: 1, maxTokens: 2, remaining: 0, waitMs: 500 },
  })
  // The bucket of three was not asked the third time.
  expect(limit.take([of(['client', 'foo'], ['path', '/bar'])], 0).bucket?.remaining).toBe(0)
})

test('every value of a wildcard has a bucket of its own', () => {
  const user = (name: string) => of(['user', name])

  expect(
    play(options, [
      [0, user('ann')],
      [0, user('bob')],
      [0, user('ann')],
      [1000, user('ann')],
    ]),
  ).toEqual([true, true, false, true])
})

test('a wildcard keeps as many buckets as it may, and forgets the least recently used', () => {
  const user = (name: number) => of(['user', String(name)])
  const limit = createLocalRateLimit(options, 0)
  const allowed = (name: number) => limit.take([user(name)], 0).allowed

  const first = Array.from({ length: 20 }, (_, i) => allowed(i))
  expect(first.every(Boolean)).toBe(true)
  expect(allowed(0)).toBe(false)
  expect(allowed(20)).toBe(true)
  expect([allowed(0), allowed(1)]).toEqual([false, true])
})

test('a wildcard of one bucket at a time forgets it for every other value', () => {
  const user = (name: string) => of(['user', name])
  const one = { ...options, maxDynamicDescriptors: 1 }

  expect(
    play(one, [
      [0, user('ann')],
      [0, user('ann')],
      [0, user('bob')],
      [0, user('ann')],
    ]),
  ).toEqual([true, false, true, true])
})

test('a wildcard uses up its room also for what another bucket refuses', () => {
  const limit = createLocalRateLimit(
    {
      descriptors: [
        { entries: [{ key: 'user' }], tokenBucket: perSecond(1) },
        {
          entries: [{ key: 'path', value: '/' }],
          tokenBucket: { maxTokens: 0, fillIntervalMs: 1e6 },
        },
      ],
      maxDynamicDescriptors: 1,
    },
    0,
  )
  limit.take([of(['user', 'ann'])], 0)

  expect(limit.take([of(['user', 'bob']), of(['path', '/'])], 0).allowed).toBe(false)
  expect(limit.take([of(['user', 'ann'])], 0).allowed).toBe(true)
})

test('of the buckets in shadow mode the first that would refuse is told', () => {
  const shadow = (key: string, maxTokens: number, fillIntervalMs: number) => ({
    entries: [{ key, value: '1' }],
    tokenBucket: { maxTokens, fillIntervalMs },
    shadowMode: true,
  })
  const limit = createLocalRateLimit({ descriptors: [shadow('a', 0, 100), shadow('b', 1, 200)] }, 0)
  const both = [of(['a', '1']), of(['b', '1'])]

  const told = [1, 2].map(() => limit.take(both, 0).bucket?.descriptor)
  expect(told).toEqual([0, 1])
})

test.each([
  { always: true, expected: [true, false] },
  { always: false, expected: [true, true] },
])(
  'with alwaysConsumeDefaultTokenBucket $always two requests that fit are answered $expected',
  ({ always, expected }) => {
    const given = {
      ...options,
      tokenBucket: perSecond(1),
      alwaysConsumeDefaultTokenBucket: always,
    }
    const request = of(['client', 'foo'])
    expect(
      play(given, [
        [0, request],
        [0, request],
      ]),
    ).toEqual(expected)
  },
)

test('without a default bucket what fits no descriptor passes', () => {
  const { tokenBucket, ...none } = options
  const answer = createLocalRateLimit(none, 0).take([of(['else', 'x'])], 0)

  expect(tokenBucket).toBeDefined()
  expect(answer).toEqual({ allowed: true, shadowed: false, bucket: undefined })
})

test('a default bucket without room refuses what fits nothing', () => {
  const none = { tokenBucket: { maxTokens: 0, fillIntervalMs: 1 } }
  expect(play(none, [[0], [1e9]])).toEqual([false, false])
  expect(createLocalRateLimit(none, 0).take([], 0).bucket).toBeUndefined()
})

test('a descriptor in shadow mode refuses nothing itself, and others are asked all the same', () => {
  const shadow = {
    entries: [{ key: 'a', value: 'b' }],
    tokenBucket: { maxTokens: 0, fillIntervalMs: 1000 },
    shadowMode: true,
  }
  const limit = createLocalRateLimit({ tokenBucket: perSecond(1), descriptors: [shadow] }, 0)

  expect(limit.take([of(['a', 'b'])], 0)).toMatchObject({ allowed: true, shadowed: true })
  expect(limit.take([of(['a', 'b'])], 0)).toMatchObject({ allowed: false, shadowed: true })
})

test('what a descriptor in shadow mode refuses passes and is told', () => {
  const given: LocalRateLimitOptions = {
    descriptors: [
      { entries: [{ key: 'a', value: 'b' }], tokenBucket: perSecond(1), shadowMode: true },
    ],
  }
  const limit = createLocalRateLimit(given, 0)
  limit.take([of(['a', 'b'])], 0)

  expect(limit.take([of(['a', 'b'])], 0)).toMatchObject({ allowed: true, shadowed: true })
})

test('a request counts as often as its descriptor says, of the descriptor only', () => {
  const limit = createLocalRateLimit(options, 0)
  const three = { ...of(['client', 'foo'], ['path', '/bar']), hitsAddend: 3 }

  expect(limit.take([three], 0).allowed).toBe(true)
  expect(limit.take([three], 0).allowed).toBe(false)
  expect(limit.take([], 0).bucket).toMatchObject({ descriptor: undefined, remaining: 98 })
})

test('a request that counts for nothing is refused, as by Envoy', () => {
  const limit = createLocalRateLimit(options, 0)

  expect(limit.take([{ ...of(['client', 'foo']), hitsAddend: 0 }], 0).allowed).toBe(false)
  expect(() => limit.take([{ ...of(['client', 'foo']), hitsAddend: -1 }], 0)).toThrow(
    expect.objectContaining({ code: 'ERR_RATE_LIMIT_COST' }),
  )
})

test('with a share of a quarter every request takes four tokens', () => {
  const limit = createLocalRateLimit({ tokenBucket: perSecond(8) }, 0)

  const answers = [0, 0, 0, 500].map((now) => limit.take([], now, 0.25).allowed)
  expect(answers).toEqual([true, true, false, true])
})

test('buckets fill from the beginning, also those that nobody asked', () => {
  const limit = createLocalRateLimit({ tokenBucket: perSecond(2) }, 10_000)
  expect(limit.take([], 10_000, 1).bucket).toMatchObject({ remaining: 1 })
})

test('the headers tell limit, remainder and whole seconds to wait', () => {
  expect(rateLimitHeaders({ descriptor: 0, maxTokens: 10, remaining: 0, waitMs: 2999 })).toEqual([
    ['x-ratelimit-limit', '10'],
    ['x-ratelimit-remaining', '0'],
    ['x-ratelimit-reset', '2'],
  ])
})

const code = expect.objectContaining({ code: 'ERR_RATE_LIMIT_OPTION' })

test.each([
  { tokenBucket: { maxTokens: 1, fillIntervalMs: 49 } },
  { tokenBucket: { maxTokens: 1, fillIntervalMs: Number.NaN } },
  {
    descriptors: [
      { entries: [{ key: 'a', value: 'b' }], tokenBucket: { maxTokens: 1, fillIntervalMs: 1 } },
    ],
  },
  { maxDynamicDescriptors: 0 },
  {
    descriptors: [
      { entries: [{ key: 'a', value: 'b' }], tokenBucket: perSecond(1) },
      { entries: [{ key: 'a', value: 'b' }], tokenBucket: perSecond(2) },
    ],
  },
])('refuses %j', (given) => {
  expect(() => createLocalRateLimit(given, 0)).toThrow(code)
})

test.each([0, -1, 1.1, Number.NaN])('refuses a share of %d', (share) => {
  expect(() => createLocalRateLimit({}, 0).take([], 0, share)).toThrow(code)
})

test('entries that only look alike when put together are told apart', () => {
  const limit = createLocalRateLimit(
    {
      descriptors: [
        { entries: [{ key: 'a', value: 'b1:c' }], tokenBucket: perSecond(1) },
        {
          entries: [
            { key: 'a', value: 'b' },
            { key: 'c', value: '' },
          ],
          tokenBucket: perSecond(1),
        },
      ],
    },
    0,
  )
  expect(limit.take([of(['a', 'b1:c'])], 0).bucket?.descriptor).toBe(0)
  expect(limit.take([of(['a', 'b'], ['c', 'x'])], 0).bucket?.descriptor).toBe(1)
})
