import { describe, expect, test } from 'vitest'
import { BreakerSettleError, BreakerStateError } from '../errors.ts'
import { Breaker, type BreakerTransition } from './breaker.ts'

/** A call that ends at once. */
function call(breaker: Breaker, outcome: 'success' | 'failure', now: number, ms = 0): boolean {
  const ticket = breaker.admit(now)
  if (ticket === 0) return false
  breaker.settle(ticket, outcome, now, ms)
  return true
}

function calls(breaker: Breaker, script: string, now: number): void {
  for (const it of script) call(breaker, it === '.' ? 'success' : 'failure', now)
}

describe('by failures in a row', () => {
  test('opens on the fifth by default, waits 30 s, and closes after one good probe', () => {
    const breaker = new Breaker()
    const seen: BreakerTransition[] = []
    breaker.subscribe((it) => seen.push(it))

    calls(breaker, 'xxxx.xxxx', 0)
    expect(breaker.state).toBe('closed')
    calls(breaker, 'x', 10)
    expect(breaker.state).toBe('open')
    expect(breaker.retryAt).toBe(30_010)
    expect(breaker.admit(30_009)).toBe(0)
    expect(call(breaker, 'success', 30_010)).toBe(true)

    expect(breaker.state).toBe('closed')
    expect(seen).toEqual([
      { from: 'closed', to: 'open', at: 10, cause: 'consecutive-failures', retryAt: 30_010 },
      { from: 'open', to: 'half-open', at: 30_010 },
      { from: 'half-open', to: 'closed', at: 30_010 },
    ])
  })

  test('waits twice as long after each failed probe, up to the most, and from the start after closing', () => {
    const breaker = new Breaker({
      consecutiveFailures: 1,
      coolDown: { baseMs: 100, factor: 2, maxMs: 350 },
    })
    const waits: number[] = []
    let now = 0
    call(breaker, 'failure', now)
    for (let i = 0; i < 5; i++) {
      waits.push(breaker.retryAt - now)
      now = breaker.retryAt
      call(breaker, i === 4 ? 'success' : 'failure', now)
    }
    call(breaker, 'failure', now)

    expect(waits).toEqual([100, 200, 350, 350, 350])
    expect(breaker.retryAt - now).toBe(100)
  })

  test('draws the wait longer by the jitter', () => {
    const breaker = new Breaker({
      consecutiveFailures: 1,
      coolDown: { baseMs: 100, jitterRatio: 0.5 },
      random: () => 0.5,
    })
    call(breaker, 'failure', 0)

    expect(breaker.retryAt).toBe(125)
  })
})

describe('by a ratio', () => {
  test('of the last calls: the call that fills the minimum may be a good one', () => {
    const breaker = new Breaker({
      failureRatio: { ratio: 0.5, minimumCalls: 4 },
      window: { kind: 'count', calls: 6 },
    })
    calls(breaker, 'xx.', 0)
    expect(breaker.state).toBe('closed')
    calls(breaker, '.', 7)

    expect(breaker.state).toBe('open')
    expect(breaker.cause).toBe('failure-ratio')
    expect(breaker.retryAt).toBe(30_007)
  })

  test('of the last calls: older ones are forgotten', () => {
    const breaker = new Breaker({
      failureRatio: { ratio: 0.5, minimumCalls: 1 },
      window: { kind: 'count', calls: 4 },
    })
    calls(breaker, '...x...', 0)
    expect(breaker.state).toBe('closed')
    // The last four are now . . . x, and then . . x x.
    calls(breaker, 'x', 0)
    expect(breaker.state).toBe('closed')
    calls(breaker, 'x', 0)
    expect(breaker.state).toBe('open')
  })

  test('of the last seconds: a bucket is gone as soon as the window has passed its end', () => {
    const options = {
      failureRatio: { ratio: 0.5, minimumCalls: 4 },
      window: { kind: 'time', ms: 1_000, buckets: 10 },
    } as const
    const early = new Breaker(options)
    calls(early, 'xx', 0)
    calls(early, '..', 999)
    const late = new Breaker(options)
    calls(late, 'xx', 0)
    calls(late, '..', 1_000)

    expect(early.state).toBe('open')
    expect(late.state).toBe('closed')
  })

  test('of slow calls, failed or not', () => {
    const breaker = new Breaker({
      slowCalls: { ratio: 0.75, minimumCalls: 4, durationMs: 100 },
      window: { kind: 'count', calls: 10 },
    })
    for (const ms of [99, 100, 100]) call(breaker, 'success', 0, ms)
    expect(breaker.state).toBe('closed')
    call(breaker, 'failure', 0, 5_000)

    expect(breaker.cause).toBe('slow-calls')
    // A slow probe shows no recovery.
    call(breaker, 'success', 30_000, 100)
    expect(breaker.cause).toBe('probe-failed')
  })
})

describe('half-open', () => {
  const options = {
    consecutiveFailures: 1,
    coolDown: { baseMs: 100 },
    probes: { concurrent: 2, successes: 3, lostAfterMs: 1_000 },
  }

  test('lets no more probes out than it may at one time', () => {
    const breaker = new Breaker(options)
    call(breaker, 'failure', 0)
    const first = breaker.admit(100)
    const second = breaker.admit(100)
    expect([first > 0, second > 0, breaker.admit(100)]).toEqual([true, true, 0])
    expect(breaker.refusal(100)).toMatchObject({
      code: 'ERR_CIRCUIT_BREAKER_PROBING',
      reason: 'consecutive-failures',
      retryAt: 1_100,
      retryInMs: 1_000,
    })
    breaker.settle(first, 'success', 100)
    expect(breaker.admit(100)).toBeGreaterThan(0)
    expect(breaker.state).toBe('half-open')
  })

  test('a call from before it opened is no probe, however it ends', () => {
    const breaker = new Breaker(options)
    const slow = breaker.admit(0)
    const slower = breaker.admit(0)
    call(breaker, 'failure', 0)
    expect(call(breaker, 'success', 100)).toBe(true)
    breaker.settle(slow, 'failure', 100)
    expect(breaker.state).toBe('half-open')
    calls(breaker, '..', 100)
    expect(breaker.state).toBe('closed')
    breaker.settle(slower, 'failure', 100)
    expect(breaker.state).toBe('closed')
    expect(breaker.inFlight).toBe(0)
  })

  test('a cancelled probe frees its place and proves nothing', () => {
    const breaker = new Breaker({ ...options, probes: {} })
    call(breaker, 'failure', 0)
    breaker.settle(breaker.admit(100), 'cancelled', 100)
    expect(breaker.state).toBe('half-open')
    expect(call(breaker, 'success', 100)).toBe(true)
    expect(breaker.state).toBe('closed')
  })

  test('probes that never come back fail after a while', () => {
    const breaker = new Breaker(options)
    call(breaker, 'failure', 0)
    const lost = breaker.admit(100)
    breaker.admit(150)
    expect(breaker.admit(1_149)).toBe(0)
    expect(breaker.state).toBe('half-open')
    expect(breaker.admit(1_150)).toBe(0)
    expect(breaker.state).toBe('open')
    expect(breaker.cause).toBe('probe-lost')
    breaker.settle(lost, 'success', 1_200)
    expect(breaker.state).toBe('open')
  })
})

describe('by hand', () => {
  test('tripped it waits and probes as ever', () => {
    const breaker = new Breaker()
    breaker.trip(5)
    expect(breaker.admit(30_004)).toBe(0)
    expect(breaker.refusal(30_004).message).toBe(
      'refused because of manual, until 30005 (in 1 ms) [ERR_CIRCUIT_BREAKER_OPEN]',
    )
    expect(call(breaker, 'success', 30_005)).toBe(true)
    expect(breaker.state).toBe('closed')
  })

  test('forced open it refuses until released', () => {
    const breaker = new Breaker()
    breaker.force('open', 0)
    expect(breaker.admit(1e12)).toBe(0)
    expect(breaker.refusal(1e12)).toMatchObject({
      code: 'ERR_CIRCUIT_BREAKER_FORCED_OPEN',
      retryAt: Infinity,
    })
    breaker.release(1e12)
    expect(call(breaker, 'success', 1e12)).toBe(true)
  })

  test('forced closed it counts nothing', () => {
    const breaker = new Breaker({ consecutiveFailures: 1 })
    breaker.force('closed', 0)
    calls(breaker, 'xxxxx', 0)
    expect(breaker.state).toBe('forced-closed')
    breaker.release(0)
    calls(breaker, 'x', 0)
    expect(breaker.state).toBe('open')
  })

  test('reset it has forgotten how long it would wait', () => {
    const breaker = new Breaker({ consecutiveFailures: 1, coolDown: { baseMs: 10 } })
    call(breaker, 'failure', 0)
    call(breaker, 'failure', 10)
    expect(breaker.retryAt).toBe(30)
    breaker.reset(11)
    call(breaker, 'failure', 20)
    expect(breaker.retryAt).toBe(30)
  })

  test('a listener that left hears nothing more', () => {
    const breaker = new Breaker()
    const seen: string[] = []
    const leave = breaker.subscribe(({ to }) => seen.push(to))
    breaker.trip(0)
    leave()
    breaker.reset(0)
    expect(seen).toEqual(['open'])
  })
})

describe('what must not happen', () => {
  test('settling what was not admitted is an error and changes nothing', () => {
    const breaker = new Breaker({ consecutiveFailures: 1 })
    const ticket = breaker.admit(0)
    breaker.settle(ticket, 'success', 0)

    expect(() => breaker.settle(ticket, 'failure', 0)).toThrow(BreakerSettleError)
    for (const foreign of [0, -1, 0.5, 1e9, Number.NaN]) {
      expect(() => breaker.settle(foreign, 'failure', 0)).toThrow('ERR_CIRCUIT_BREAKER_SETTLE')
    }
    expect(breaker.state).toBe('closed')
    expect(breaker.inFlight).toBe(0)
  })

  test('a clock that goes backwards stands still', () => {
    const breaker = new Breaker({ consecutiveFailures: 1, coolDown: { baseMs: 100 } })
    call(breaker, 'success', 1_000)
    breaker.trip(1_000)
    expect(breaker.admit(0)).toBe(0)
    breaker.reset(0)
    call(breaker, 'failure', 500)
    expect(breaker.retryAt).toBe(1_100)
    expect(breaker.admit(Number.NaN)).toBe(0)
    expect(breaker.admit(Infinity)).toBe(0)
    expect(call(breaker, 'success', 1_100)).toBe(true)
  })

  test.each([
    [{ consecutiveFailures: 0 }, 'consecutiveFailures'],
    [{ consecutiveFailures: Number.NaN }, 'consecutiveFailures'],
    [{ consecutiveFailures: 2 ** 32 }, 'consecutiveFailures'],
    [{ failureRatio: { ratio: 0 } }, 'failureRatio.ratio'],
    [{ failureRatio: { ratio: Number.NaN } }, 'failureRatio.ratio'],
    [{ failureRatio: { ratio: 1.1 } }, 'failureRatio.ratio'],
    [{ failureRatio: { ratio: 1, minimumCalls: 0 } }, 'failureRatio.minimumCalls'],
    [{ slowCalls: { ratio: 1, durationMs: -1 } }, 'slowCalls.durationMs'],
    [{ window: { kind: 'count', calls: 0 } }, 'window.calls'],
    [{ window: { kind: 'count', calls: 2 ** 32 - 1 } }, 'window.calls'],
    [{ window: { kind: 'time', ms: Number.NaN } }, 'window.ms'],
    [{ window: { kind: 'time', ms: 9 } }, 'window.ms'],
    [{ window: { kind: 'time', ms: 10, buckets: 0 } }, 'window.buckets'],
    [{ coolDown: { baseMs: -1 } }, 'coolDown.baseMs'],
    [{ coolDown: { baseMs: Infinity } }, 'coolDown.baseMs'],
    [{ coolDown: { factor: 0.5 } }, 'coolDown.factor'],
    [{ coolDown: { baseMs: 2, maxMs: 1 } }, 'coolDown.maxMs'],
    [{ coolDown: { jitterRatio: 0.5 } }, 'random'],
    [{ probes: { concurrent: 0 } }, 'probes.concurrent'],
    [{ probes: { successes: 0 } }, 'probes.successes'],
    [{ probes: { lostAfterMs: 0 } }, 'probes.lostAfterMs'],
  ] as const)('refuses %j', (options, name) => {
    expect(() => new Breaker(options)).toThrow(
      expect.objectContaining({
        code: 'ERR_CIRCUIT_BREAKER_OPTION',
        message: expect.stringContaining(name),
      }),
    )
  })

  test('a threshold of 2^32 − 1 never trips', () => {
    const breaker = new Breaker({ consecutiveFailures: 2 ** 32 - 1 })
    for (let i = 0; i < 10_000; i++) call(breaker, 'failure', i)
    expect(breaker.state).toBe('closed')
  })

  test.each([
    [null, 'all of it'],
    [{ version: 2 }, 'version'],
    [{ version: 1, state: 'ajar' }, 'state'],
    [{ version: 1, state: 'open', cause: 'boredom' }, 'cause'],
    [{ version: 1, state: 'open', retryInMs: Number.NaN }, 'retryInMs'],
    [{ version: 1, state: 'open', retryInMs: 0, nextCoolDownMs: -1 }, 'nextCoolDownMs'],
    [
      { version: 1, state: 'open', retryInMs: 0, nextCoolDownMs: 1, failuresInARow: 1.5 },
      'failuresInARow',
    ],
  ])('takes no state over from %j', (value, name) => {
    expect(() => new Breaker().importState(value as never, 0)).toThrow(
      expect.objectContaining({
        code: 'ERR_CIRCUIT_BREAKER_STATE',
        message: expect.stringContaining(name),
      }),
    )
  })

  test('takes no window of another size over, and stays as it was', () => {
    const small = new Breaker({
      failureRatio: { ratio: 1 },
      window: { kind: 'time', ms: 10, buckets: 2 },
    })
    const large = new Breaker({ failureRatio: { ratio: 1 } })
    const counting = new Breaker({
      failureRatio: { ratio: 1 },
      window: { kind: 'count', calls: 5 },
    })
    large.trip(0)
    for (const other of [small, counting, new Breaker()]) {
      expect(() => large.importState(other.exportState(0), 0)).toThrow(BreakerStateError)
    }
    expect(large.state).toBe('open')
  })
})
