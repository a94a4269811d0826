import { ManualClock } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { Breaker } from './breaker/breaker.ts'
import { withBreaker } from './with-breaker.ts'

const clock = new ManualClock()
const now = (): number => clock.now()

describe('withBreaker', () => {
  test('ends as the function ends, and counts it', async () => {
    const breaker = new Breaker({ consecutiveFailures: 2 })
    const fault = new Error('no')
    const half = withBreaker(
      async (n: number) => {
        if (n % 2 === 1) throw fault
        return n / 2
      },
      breaker,
      { now },
    )

    await expect(half(8)).resolves.toBe(4)
    await expect(half(1)).rejects.toBe(fault)
    expect(breaker.state).toBe('closed')
    await expect(half(3)).rejects.toBe(fault)
    expect(breaker.state).toBe('open')
    expect(breaker.inFlight).toBe(0)
  })

  test('refuses with why and until when, without a call', async () => {
    let made = 0
    const breaker = new Breaker({ consecutiveFailures: 1, coolDown: { baseMs: 1_000 } })
    const fail = withBreaker(
      async () => {
        made++
        throw new Error('no')
      },
      breaker,
      { now },
    )
    await expect(fail()).rejects.toThrow('no')
    clock.advance(400)

    await expect(fail()).rejects.toMatchObject({
      code: 'ERR_CIRCUIT_BREAKER_OPEN',
      reason: 'consecutive-failures',
      retryAt: now() + 600,
      retryInMs: 600,
    })
    expect(made).toBe(1)
    clock.advance(600)
    await expect(fail()).rejects.toThrow('no')
    expect(made).toBe(2)
  })

  test('a function that throws before it waits counts as failed', async () => {
    const breaker = new Breaker({ consecutiveFailures: 1 })
    const broken = withBreaker(
      (): Promise<never> => {
        throw new Error('at once')
      },
      breaker,
      { now },
    )
    await expect(broken()).rejects.toThrow('at once')
    expect(breaker.state).toBe('open')
  })

  test('measures how long a call took where that matters', async () => {
    const breaker = new Breaker({ slowCalls: { ratio: 1, minimumCalls: 1, durationMs: 50 } })
    const slow = withBreaker(
      async (ms: number) => {
        clock.advance(ms)
      },
      breaker,
      { now },
    )
    await slow(49)
    expect(breaker.state).toBe('closed')
    breaker.reset(now())
    await slow(50)
    expect(breaker.cause).toBe('slow-calls')
  })

  test('asks what results and errors count as', async () => {
    const breaker = new Breaker({ consecutiveFailures: 2 })
    const fetchLike = withBreaker(
      async (status: number) => {
        if (status === 0) throw new TypeError('bad argument')
        return { status }
      },
      breaker,
      {
        now,
        outcomeOf: ({ status }) => (status >= 500 ? 'failure' : 'success'),
        outcomeOfError: (error) => (error instanceof TypeError ? 'cancelled' : 'failure'),
      },
    )
    await fetchLike(500)
    await expect(fetchLike(0)).rejects.toThrow('bad argument')
    expect(breaker.state).toBe('closed')
    await fetchLike(503)
    expect(breaker.state).toBe('open')
  })

  test('judges that throw count the call as failed and leave nothing in flight', async () => {
    const breaker = new Breaker({ consecutiveFailures: 1 })
    const judged = withBreaker(async () => 1, breaker, {
      now,
      outcomeOf: () => {
        throw new Error('no opinion')
      },
    })
    await expect(judged()).rejects.toThrow('no opinion')
    expect(breaker.inFlight).toBe(0)
    expect(breaker.state).toBe('open')
  })
})

describe('a signal', () => {
  const breaker = new Breaker({ consecutiveFailures: 1 })
  let made = 0
  const hang = withBreaker(
    (_: AbortSignal) => {
      made++
      return new Promise<never>(() => {})
    },
    breaker,
    { now, signalOf: (signal) => signal },
  )

  test('ends the call at once, which counts neither for nor against', async () => {
    const controller = new AbortController()
    const pending = hang(controller.signal)
    const reason = new Error('enough')
    controller.abort(reason)

    await expect(pending).rejects.toBe(reason)
    expect(breaker.state).toBe('closed')
    expect(breaker.inFlight).toBe(0)
    expect(made).toBe(1)
  })

  test('that is aborted already makes no call', async () => {
    const reason = new Error('before')
    await expect(hang(AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(made).toBe(1)
  })

  test('that the call itself aborts is noticed, and no listener stays behind', async () => {
    const controller = new AbortController()
    const listeners = new Set<() => void>()
    const counted = {
      get aborted() {
        return controller.signal.aborted
      },
      get reason(): unknown {
        return controller.signal.reason
      },
      addEventListener(type: 'abort', listener: () => void) {
        listeners.add(listener)
        controller.signal.addEventListener(type, listener)
      },
      removeEventListener(type: 'abort', listener: () => void) {
        listeners.delete(listener)
        controller.signal.removeEventListener(type, listener)
      },
    }
    const ends = withBreaker(
      async (how: 'well' | 'badly' | 'abort') => {
        if (how === 'abort') controller.abort(new Error('from within'))
        if (how === 'badly') throw new Error('badly')
        return how
      },
      new Breaker(),
      { now, signalOf: () => counted },
    )

    await expect(ends('well')).resolves.toBe('well')
    await expect(ends('badly')).rejects.toThrow('badly')
    expect(listeners.size).toBe(0)
    await expect(ends('abort')).rejects.toThrow('from within')
    expect(listeners.size).toBe(0)
  })
})
