import { expect, test } from 'vitest'
import {
  bulkhead,
  type Call,
  fallback,
  type HedgeOptions,
  hedge,
  isResilienceError,
  retry,
  timeout,
  withPolicies,
} from '../src/index.ts'
import { surroundingsOf, VirtualTime } from './virtual-time.ts'

const full = expect.objectContaining({ code: 'ERR_RESILIENCE_BULKHEAD_FULL' })

/** Takes as long as it is asked to. */
const work =
  (time: VirtualTime): Call<number, number> =>
  async (ms) => {
    await time.after(ms)
    return time.now()
  }

test('a bulkhead lets so many through, makes so many wait in order, and refuses the rest', async () => {
  const time = new VirtualTime()
  const { policy, ...places } = bulkhead<number, number>({ maxConcurrent: 2, maxWaiting: 1 })
  const send = withPolicies(work(time), [policy], surroundingsOf(time))
  const calls = [send(100), send(50), send(10), send(1)]

  await expect(calls[3]).rejects.toEqual(full)
  expect(await time.run(Promise.all(calls.slice(0, 3)))).toEqual([100, 50, 60])
  expect(places).toBeDefined()
})

test('places are given back whatever comes of a call, and are never more than there are', async () => {
  const time = new VirtualTime()
  const guard = bulkhead<number, number>({ maxConcurrent: 3, maxWaiting: 100 })
  let most = 0
  let running = 0
  const call: Call<number, number> = async (n) => {
    running += 1
    most = Math.max(most, running)
    await time.after(n % 7)
    running -= 1
    if (n % 3 === 0) throw new Error('failed')
    return n
  }
  const send = withPolicies(call, [guard.policy], surroundingsOf(time))
  const calls = Array.from({ length: 60 }, (_, n) => send(n))
  const outcomes = await time.run(Promise.allSettled(calls))

  expect(outcomes.filter(({ status }) => status === 'rejected').length).toBe(20)
  expect([most, guard.active, guard.waiting]).toEqual([3, 0, 0])
})

test('who is called off or late while waiting leaves the line, and the next one gets the place', async () => {
  const time = new VirtualTime()
  const guard = bulkhead<number, number>({ maxConcurrent: 1, maxWaiting: 3 })
  const send = withPolicies(work(time), [guard.policy], surroundingsOf(time))
  const controller = new AbortController()
  const first = send(100)
  const off = send(10, { signal: controller.signal })
  const late = send(10, { deadline: 70 })
  const last = send(10)
  const outcomes = Promise.allSettled([first, off, late, last])
  time.setTimeout(() => controller.abort(new Error('gone')), 30)

  expect(await time.run(outcomes)).toEqual([
    { status: 'fulfilled', value: 100 },
    { status: 'rejected', reason: expect.objectContaining({ message: 'gone' }) },
    { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_RESILIENCE_TIMEOUT' }) },
    { status: 'fulfilled', value: 110 },
  ])
  expect([guard.active, guard.waiting, time.waiting]).toEqual([0, 0, 0])
})

test('a bulkhead without places refuses everything', async () => {
  const time = new VirtualTime()
  const { policy } = bulkhead<number, number>({ maxConcurrent: 0, maxWaiting: 5 })

  await expect(withPolicies(work(time), [policy], surroundingsOf(time))(1)).rejects.toEqual(full)
})

test('what a bulkhead refuses is not retried', async () => {
  const time = new VirtualTime()
  const { policy } = bulkhead<number, number>({ maxConcurrent: 0 })
  const again = retry<number, number>({ retryOn: ['reset', '5xx'], numRetries: 5 })
  const send = withPolicies(work(time), [again, policy], surroundingsOf(time))

  await expect(send(1)).rejects.toEqual(full)
  expect(time.waiting).toBe(0)
})

test('a fallback answers for errors, and for answers if it wants to', async () => {
  const time = new VirtualTime()
  const call: Call<number, number> = async (n) => {
    if (n < 0) throw new Error('below nothing')
    return n
  }
  const errors = fallback<number, number>({ answer: (request) => request * 100 })
  const both = fallback<number, number>({
    answer: (_, outcome) => ('answer' in outcome ? -outcome.answer : 0),
    wants: (outcome) => 'error' in outcome || outcome.answer > 10,
  })
  const surroundings = surroundingsOf(time)

  expect(await withPolicies(call, [errors], surroundings)(-2)).toBe(-200)
  expect(await withPolicies(call, [errors], surroundings)(2)).toBe(2)
  expect(await withPolicies(call, [both], surroundings)(11)).toBe(-11)
  expect(await withPolicies(call, [both], surroundings)(-1)).toBe(0)
})

test('a fallback does not stand in for a call that was called off', async () => {
  const time = new VirtualTime()
  const policies = [
    fallback<number, number>({ answer: () => 0 }),
    timeout<number, number>({ ms: 1000 }),
  ]
  const controller = new AbortController()
  const answer = withPolicies(
    work(time),
    policies,
    surroundingsOf(time),
  )(500, {
    signal: controller.signal,
  })
  time.setTimeout(() => controller.abort(new Error('gone')), 5)

  await expect(time.run(answer)).rejects.toThrow('gone')
})

test('the order of policies is the order of their effects', async () => {
  const time = new VirtualTime()
  const call: Call<number, number> = async () => {
    await time.after(40)
    throw new Error('reset')
  }
  const again = retry<number, number>({
    retryOn: ['reset'],
    numRetries: 9,
    backOff: { baseMs: 1, maxMs: 1 },
  })
  const limit = timeout<number, number>({ ms: 100 })
  const code = async (policies: Parameters<typeof withPolicies<number, number>>[1]) => {
    const from = time.now()
    const error = await time.run(
      Promise.resolve(withPolicies(call, policies, surroundingsOf(time))(1)).catch(
        (it: unknown) => it,
      ),
    )
    return [isResilienceError(error) ? error.code : String(error), time.now() - from]
  }

  expect(await code([limit, again])).toEqual(['ERR_RESILIENCE_TIMEOUT', 100])
  expect(await code([again, limit])).toEqual(['Error: reset', 400])
})

/** Each try takes as long as its place in the list says; negative: it fails then. */
const race = (options: HedgeOptions<number>, tries: readonly number[]) => {
  const time = new VirtualTime()
  const begun: number[] = []
  const off: number[] = []
  const call: Call<string, number> = async (_request, { attempt, signal }) => {
    begun.push(time.now())
    signal.addEventListener('abort', () => off.push(attempt))
    const ms = tries[attempt - 1] ?? 1e6
    await time.after(Math.abs(ms))
    if (ms < 0) throw new Error(`try ${attempt}`)
    return attempt
  }
  const send = withPolicies(call, [hedge<string, number>(options)], surroundingsOf(time))
  const winner = time.run(Promise.resolve(send('')).catch(String))
  return winner.then((it) => ({ winner: it, begun, off, at: time.now(), waiting: time.waiting }))
}

test.each([
  {
    what: 'a quick one is alone',
    tries: [50],
    expected: { winner: 1, begun: [0], off: [], at: 50 },
  },
  {
    what: 'a slow one is raced and loses',
    tries: [500, 20],
    expected: { winner: 2, begun: [0, 100], off: [1], at: 120 },
  },
  {
    what: 'a slow one is raced and wins',
    tries: [150, 900],
    expected: { winner: 1, begun: [0, 100], off: [2], at: 150 },
  },
  {
    what: 'a failure brings the next one forward',
    tries: [-30, 10],
    expected: { winner: 2, begun: [0, 30], off: [], at: 40 },
  },
  {
    what: 'the last error stands',
    tries: [-30, -10, -5],
    expected: { winner: 'Error: try 3', begun: [0, 30, 40], off: [], at: 45 },
  },
  {
    what: 'no more than so many begin',
    tries: [900, 800, 700],
    expected: { winner: 1, begun: [0, 100, 200], off: [2, 3], at: 900 },
  },
])('hedging: $what', async ({ tries, expected }) => {
  expect(await race({ afterMs: 100, maxHedges: 2 }, tries)).toMatchObject(expected)
})

test('a race leaves no timer of its own, and several may begin at once', async () => {
  const result = await race({ afterMs: 100, maxHedges: 0, initialRequests: 3 }, [60, 30, 40])

  // The two that lost go on in this test, since the work does not listen.
  expect(result).toEqual({ winner: 2, begun: [0, 0, 0], off: [1, 3], at: 30, waiting: 2 })
})

test('an answer that is not final does not end the race', async () => {
  const isFinal: NonNullable<HedgeOptions<number>['isFinal']> = (it) =>
    'answer' in it && it.answer > 1
  expect(await race({ afterMs: 100, maxHedges: 1, isFinal }, [10, 10])).toMatchObject({
    winner: 2,
    begun: [0, 10],
  })
})

test.each([
  () => bulkhead({ maxConcurrent: -1 }),
  () => bulkhead({ maxConcurrent: 1, maxWaiting: Number.NaN }),
  () => hedge({ afterMs: Number.NaN }),
  () => hedge({ afterMs: 1, maxHedges: -1 }),
  () => hedge({ afterMs: 1, initialRequests: 0 }),
  () => timeout({ ms: -1 }),
  () => timeout({ ms: Number.NaN }),
])('refuses options that make no sense: %s', (make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_RESILIENCE_OPTION' }))
})

test('a deadline that is past ends a call before it is made', async () => {
  const time = new VirtualTime(100)
  let calls = 0
  const call: Call<number, number> = async () => calls++
  const send = withPolicies(call, [timeout<number, number>({ ms: 0 })], surroundingsOf(time))

  await expect(send(1, { deadline: 100 })).rejects.toMatchObject({ code: 'ERR_RESILIENCE_TIMEOUT' })
  await expect(send(1, { deadline: Number.NaN })).rejects.toMatchObject({
    code: 'ERR_RESILIENCE_TIMEOUT',
  })
  expect(calls).toBe(0)
  expect(await send(1)).toBe(0)
})
