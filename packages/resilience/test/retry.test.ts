import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  backOff,
  type Call,
  type CallContext,
  type RetryPolicyOptions,
  retry,
  retryBudget,
  retryThrottle,
  timeout,
  withPolicies,
} from '../src/index.ts'
import { surroundingsOf, VirtualTime } from './virtual-time.ts'

interface Answer {
  readonly status: number
}

/** Answers in turn, the last one ever after; notes when each try began. */
function script(time: VirtualTime, answers: readonly (number | Error)[]) {
  const begun: { readonly at: number; readonly context: CallContext }[] = []
  const call: Call<string, Answer> = async (_request, context) => {
    begun.push({ at: time.now(), context })
    const answer = answers[Math.min(begun.length, answers.length) - 1]
    if (answer instanceof Error) throw answer
    return { status: answer ?? 200 }
  }
  return { begun, call }
}

const fiveTimes: RetryPolicyOptions<string, Answer> = { retryOn: ['5xx'], numRetries: 5 }

test('tries until an answer is fine, with waits that double', async () => {
  const time = new VirtualTime(1000)
  const { begun, call } = script(time, [503, 500, new Error('reset'), 200])
  const send = withPolicies(
    call,
    [retry(fiveTimes)],
    surroundingsOf(time, () => 0.5),
  )

  expect(await time.run(send('GET /'))).toEqual({ status: 200 })
  // 1000, then half of 25, of 50 and of 100.
  expect(begun.map(({ at }) => at)).toEqual([1000, 1012, 1037, 1087])
  expect(begun.map(({ context }) => context.attempt)).toEqual([1, 2, 3, 4])
  expect(time.waiting).toBe(0)
})

test('the last outcome stands when no retry is left', async () => {
  const time = new VirtualTime()
  const answers = script(time, [500])
  const errors = script(time, [new Error('broken')])
  const surroundings = surroundingsOf(time)

  expect(await time.run(withPolicies(answers.call, [retry(fiveTimes)], surroundings)(''))).toEqual({
    status: 500,
  })
  const failing = withPolicies(errors.call, [retry(fiveTimes)], surroundings)
  await expect(time.run(failing(''))).rejects.toThrow('broken')
  expect([answers.begun.length, errors.begun.length]).toEqual([6, 6])
})

test('a try that takes too long is ended and the next one begun', async () => {
  const time = new VirtualTime()
  const ended: unknown[] = []
  let tries = 0
  const call: Call<string, Answer> = async (_request, { signal, deadline }) => {
    tries += 1
    if (tries === 3) return { status: 200 }
    expect(deadline - time.now()).toBe(100)
    signal.addEventListener('abort', () => ended.push(signal.reason))
    await time.after(1e9)
    return { status: 418 }
  }
  const policy = retry<string, Answer>({ ...fiveTimes, perTryTimeoutMs: 100 })
  const send = withPolicies(
    call,
    [policy],
    surroundingsOf(time, () => 0),
  )

  expect(await time.run(send(''))).toEqual({ status: 200 })
  expect(time.now()).toBe(200)
  const code = 'ERR_RESILIENCE_PER_TRY_TIMEOUT'
  expect(ended).toEqual([expect.objectContaining({ code }), expect.objectContaining({ code })])
})

test('the time-out of the whole ends tries and waits alike, and leaves no timer behind', async () => {
  const time = new VirtualTime()
  const call: Call<string, Answer> = async () => {
    await time.after(40)
    return { status: 503 }
  }
  const policies = [timeout<string, Answer>({ ms: 100 }), retry<string, Answer>(fiveTimes)]
  const send = withPolicies(
    call,
    policies,
    surroundingsOf(time, () => 0),
  )

  await expect(time.run(send(''))).rejects.toMatchObject({ code: 'ERR_RESILIENCE_TIMEOUT' })
  expect(time.now()).toBe(100)
})

test('a retry that could not begin before the deadline is not waited for', async () => {
  const time = new VirtualTime()
  const { begun, call } = script(time, [503])
  const slow = retry<string, Answer>({ ...fiveTimes, backOff: { baseMs: 1000, maxMs: 1000 } })
  const policies = [timeout<string, Answer>({ ms: 400 }), slow]
  const send = withPolicies(
    call,
    policies,
    surroundingsOf(time, () => 0.5),
  )

  expect(await time.run(send(''))).toEqual({ status: 503 })
  expect([begun.length, time.now(), time.waiting]).toEqual([1, 0, 0])
})

test('whoever calls off a call in its wait gets his own reason, and no timer is left', async () => {
  const time = new VirtualTime()
  const { begun, call } = script(time, [503])
  const send = withPolicies(
    call,
    [retry(fiveTimes)],
    surroundingsOf(time, () => 0.9),
  )
  const controller = new AbortController()
  time.setTimeout(() => controller.abort(new Error('went away')), 10)

  await expect(time.run(send('', { signal: controller.signal }))).rejects.toThrow('went away')
  expect([begun.length, time.waiting]).toEqual([1, 0])
})

test('an error that means nothing to the policy is passed on at once', async () => {
  const time = new VirtualTime()
  const { begun, call } = script(time, [new TypeError('a bug')])
  const policy = retry<string, Answer>({
    ...fiveTimes,
    resetOf: (error) => (error instanceof TypeError ? undefined : 'remote-reset'),
  })

  const send = withPolicies(call, [policy], surroundingsOf(time))
  await expect(time.run(send(''))).rejects.toThrow('a bug')
  expect(begun.length).toBe(1)
})

test('whatever is answered, tries come when the back-off says and end with the first outcome that may stand', async () => {
  let retried = 0
  const outcomes = fc.constantFrom(200, 404, 409, 429, 500, 502, 503, 504, 'reset' as const)
  await fc.assert(
    fc.asyncProperty(
      fc.array(outcomes, { minLength: 1, maxLength: 12 }),
      fc.nat(6),
      fc.integer(),
      async (script, numRetries, seed) => {
        const time = new VirtualTime()
        const begun: number[] = []
        const call: Call<string, Answer> = async () => {
          const outcome = script[Math.min(begun.length, script.length - 1)]
          begun.push(time.now())
          if (outcome === 'reset') throw new Error('reset')
          return { status: outcome ?? 200 }
        }
        const policy = retry<string, Answer>({ retryOn: ['5xx', 'retriable-4xx'], numRetries })
        const send = withPolicies(call, [policy], surroundingsOf(time, seededRandom(seed)))
        const seen = await time.run(Promise.resolve(send('')).catch(() => ({ status: 0 })))

        // The plain definition: a list of waits, and the first outcome that is fine or the last there may be.
        const waits = backOff()
        const random = seededRandom(seed)
        const expected = [0]
        const isFine = (it: (typeof script)[number] | undefined): boolean =>
          it !== 'reset' && it !== 409 && Number(it) < 500
        const at = (n: number) => script[Math.min(n, script.length - 1)]
        while (!isFine(at(expected.length - 1)) && expected.length <= numRetries) {
          expected.push((expected.at(-1) ?? 0) + waits.nextMs(random))
        }
        const last = at(expected.length - 1)
        retried += expected.length - 1
        expect(begun).toEqual(expected)
        expect(seen.status).toBe(last === 'reset' ? 0 : last)
        expect(time.waiting).toBe(0)
      },
    ),
    { numRuns: 200, seed: 17 },
  )
  expect(retried).toBeGreaterThan(200)
})

test('calls that share a budget have so many retries in flight together, and give their places back', async () => {
  const time = new VirtualTime()
  const budget = retryBudget({ budgetPercent: 20, minRetryConcurrency: 0 }, () => time.now())
  let most = 0
  const call: Call<string, Answer> = async () => {
    most = Math.max(most, budget.retries)
    await time.after(1000)
    return { status: 503 }
  }
  const policy = retry<string, Answer>({ ...fiveTimes, budget })
  const send = withPolicies(call, [policy], surroundingsOf(time))
  // Spread out, so that others are in flight when one fails.
  const calls = Array.from({ length: 100 }, async (_, i) => {
    await time.after(i * 10)
    return await send('')
  })
  const answers = await time.run(Promise.all(calls))

  expect(answers.length).toBe(100)
  expect(most).toBeGreaterThan(5)
  // A fifth of all that go on.
  expect(most).toBeLessThanOrEqual(25)
  expect([budget.retries, budget.limit()]).toEqual([0, 0])
})

test('a place in the budget is given back by a call that is called off while it waits', async () => {
  const time = new VirtualTime()
  const budget = retryBudget({}, () => time.now())
  const { call } = script(time, [503])
  const policy = retry<string, Answer>({ ...fiveTimes, budget })
  const send = withPolicies(
    call,
    [policy],
    surroundingsOf(time, () => 0.9),
  )
  const controller = new AbortController()
  time.setTimeout(() => controller.abort(new Error('gone')), 5)

  await expect(time.run(send('', { signal: controller.signal }))).rejects.toThrow('gone')
  expect(budget.retries).toBe(0)
})

test('a throttle that calls share stops retries after failures, and successes bring them back', async () => {
  const time = new VirtualTime()
  const throttle = retryThrottle({ maxTokens: 4, tokenRatio: 1 })
  const policy = retry<string, Answer>({ ...fiveTimes, throttle })
  const tries = async (answers: readonly number[]): Promise<number> => {
    const { begun, call } = script(time, answers)
    await time.run(withPolicies(call, [policy], surroundingsOf(time))(''))
    return begun.length
  }

  // Four tokens, three after the first failure: one retry. Two after the second: no more.
  expect(await tries([503])).toBe(2)
  expect(await tries([503])).toBe(1)
  expect([await tries([200]), await tries([404]), throttle.tokens]).toEqual([1, 1, 3])
  expect(await tries([503])).toBe(1)
  expect([await tries([200]), await tries([200]), await tries([503, 200])]).toEqual([1, 1, 2])
})

test('times of more than a timer can hold are kept', async () => {
  const month = 30 * 86_400_000
  const time = new VirtualTime()
  const call: Call<string, Answer> = async () => {
    await time.after(2e9)
    await time.after(month - 2e9)
    return { status: 200 }
  }
  const surroundings = surroundingsOf(time)
  const whole = [timeout<string, Answer>({ ms: month + 1 })]
  const each = [retry<string, Answer>({ ...fiveTimes, perTryTimeoutMs: month + 1 })]
  const short = [timeout<string, Answer>({ ms: month - 1 })]

  expect(await time.run(withPolicies(call, whole, surroundings)(''))).toEqual({ status: 200 })
  expect(await time.run(withPolicies(call, each, surroundings)(''))).toEqual({ status: 200 })
  expect(time.now()).toBe(2 * month)
  const late = withPolicies(call, short, surroundings)('')
  await expect(time.run(late)).rejects.toMatchObject({ code: 'ERR_RESILIENCE_TIMEOUT' })
  expect(time.now()).toBe(3 * month - 1)
})
