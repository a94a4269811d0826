import { expect, test } from 'vitest'
import {
  type Call,
  type CallContext,
  type RetryPolicyOptions,
  retry,
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
