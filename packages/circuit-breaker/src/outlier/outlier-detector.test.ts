import { describe, expect, test } from 'vitest'
import type { HostMonitor } from './host-monitor.ts'
import { type OutlierContext, OutlierDetector } from './outlier-detector.ts'
import type { OutlierEvent } from './outlier-event.ts'
import type { OutlierOptions } from './outlier-options.ts'

/** A detector of hosts `a`, `b`, `c` …, with what it tells. */
function detectorOf(
  hosts: string,
  options: OutlierOptions,
  context: Partial<OutlierContext> = {},
): {
  detector: OutlierDetector<string>
  of: (host: string) => HostMonitor<string>
  events: OutlierEvent<string>[]
} {
  const detector = new OutlierDetector<string>(options, { now: 0, ...context })
  const events: OutlierEvent<string>[] = []
  detector.subscribe((event) => events.push(event))
  for (const host of hosts) detector.add(host)
  return { detector, events, of: (host) => detector.add(host) }
}

function answer(monitor: HostMonitor<string>, status: number, times: number, now = 0): void {
  for (let i = 0; i < times; i++) monitor.httpStatus(status, now)
}

const all = { maxEjectionPercent: 100 }

describe('failures in a row', () => {
  test('five 5xx eject for 30 s; the pass after that ends it', () => {
    const { detector, of, events } = detectorOf('abcdefghij', {})
    answer(of('a'), 500, 4)
    answer(of('a'), 404, 1)
    answer(of('a'), 500, 4)
    expect(of('a').isEjected).toBe(false)
    answer(of('a'), 599, 1, 1_000)

    expect(of('a')).toMatchObject({ isEjected: true, ejectedUntil: 31_000, ejections: 1 })
    const passes = [10_000, 20_000, 30_000, 40_000].map((now) => {
      detector.advance(now)
      return of('a').isEjected
    })
    expect(passes).toEqual([true, true, true, false])
    expect(events).toEqual([
      {
        action: 'eject',
        host: 'a',
        at: 1_000,
        type: 'CONSECUTIVE_5XX',
        enforced: true,
        ejections: 1,
      },
      { action: 'uneject', host: 'a', at: 40_000, ejections: 1, sinceLastActionMs: 39_000 },
    ])
  })

  test('the n-th ejection takes n times as long, to the most, and every calm interval one less', () => {
    const { detector, of } = detectorOf('a', {
      ...all,
      consecutive5xx: 1,
      intervalMs: 50,
      baseEjectionTimeMs: 100,
      maxEjectionTimeMs: 250,
    })
    const lengths: number[] = []
    let now = 0
    const eject = (): void => {
      of('a').httpStatus(500, now)
      lengths.push((of('a').ejectedUntil ?? 0) - now)
    }
    const pass = (ms: number): void => {
      for (const end = now + ms; now < end; ) {
        now += 50
        detector.advance(now)
      }
    }
    for (let i = 0; i < 5; i++) {
      eject()
      pass(lengths.at(-1) ?? 0)
    }
    expect(lengths).toEqual([100, 200, 250, 250, 250])
    // The back-off stands at 4, the first step beyond the cap; two calm passes later at 2, and the next is the third.
    pass(100)
    eject()
    expect(lengths.at(-1)).toBe(250)
    pass(250 + 50 * 3)
    eject()
    expect(lengths.at(-1)).toBe(100)
  })

  test('gateway failures are 502, 503 and 504, and only on record by default', () => {
    const { detector, of, events } = detectorOf('a', { ...all, consecutive5xx: 0 })
    for (const status of [502, 503, 504, 502]) of('a').httpStatus(status, 0)
    of('a').httpStatus(500, 0)
    for (const status of [502, 503, 504, 502, 503]) of('a').httpStatus(status, 7)

    expect(events).toEqual([
      {
        action: 'eject',
        host: 'a',
        at: 7,
        type: 'CONSECUTIVE_GATEWAY_FAILURE',
        enforced: false,
        ejections: 0,
      },
    ])
    expect(detector.counters).toMatchObject({
      ejections_detected_consecutive_gateway_failure: 1,
      ejections_enforced_consecutive_gateway_failure: 0,
      ejections_enforced_total: 0,
      ejections_active: 0,
    })
    // The run was looked into: it takes five more for the next.
    answer(of('a'), 503, 4)
    expect(events).toHaveLength(1)
    answer(of('a'), 503, 1)
    expect(events).toHaveLength(2)
  })

  test('where one answer completes both runs the gateway failure ejects', () => {
    const { detector, of } = detectorOf('a', {
      ...all,
      enforcingConsecutiveGatewayFailure: 100,
    })
    answer(of('a'), 503, 5)

    expect(detector.counters).toMatchObject({
      ejections_enforced_consecutive_gateway_failure: 1,
      ejections_detected_consecutive_5xx: 0,
      ejections_enforced_total: 1,
    })
  })

  test('go on while ejected without a second ejection, and begin anew after it', () => {
    const { detector, of } = detectorOf('a', { ...all, baseEjectionTimeMs: 5_000 })
    answer(of('a'), 500, 12)
    detector.advance(10_000)
    expect(of('a').isEjected).toBe(false)
    answer(of('a'), 500, 4)
    expect(of('a').isEjected).toBe(false)
    answer(of('a'), 500, 1)
    expect(of('a')).toMatchObject({ isEjected: true, ejections: 2 })
  })

  test('a chance of 30 % ejects three of ten draws', () => {
    let draw = 0
    const { detector, of } = detectorOf(
      'a',
      { ...all, consecutive5xx: 1, enforcingConsecutive5xx: 30, intervalMs: 1 },
      { random: () => (draw++ % 10) / 10 },
    )
    for (let i = 0; i < 10; i++) {
      of('a').httpStatus(500, 0)
      of('a').healthCheckPassed(0)
    }
    expect(draw).toBe(10)
    expect(detector.counters).toMatchObject({
      ejections_detected_consecutive_5xx: 10,
      ejections_enforced_consecutive_5xx: 3,
    })
  })
})

describe('local origin', () => {
  test('counts as 5xx where it is not split off', () => {
    const { of, events } = detectorOf('ab', all)
    for (const result of ['request-failed', 'connect-failed', 'local-timeout'] as const) {
      of('a').record(result, 0)
    }
    of('a').record('connected', 0)
    of('a').record('connect-failed', 0)
    expect(events).toHaveLength(0)
    of('a').record('local-timeout', 3)
    expect(events).toMatchObject([{ type: 'CONSECUTIVE_5XX', at: 3 }])

    for (let i = 0; i < 4; i++) of('b').record('connect-failed', 0)
    of('b').record('connected-final', 0)
    of('b').record('connect-failed', 0)
    expect(of('b').isEjected).toBe(false)
    for (let i = 0; i < 4; i++) of('b').record('local-timeout', 0, 408)
    expect(of('b').isEjected).toBe(false)
  })

  test('split off it has a run of its own, which answers do not break', () => {
    const { of, events } = detectorOf('ab', { ...all, splitExternalLocalOriginErrors: true })
    for (let i = 0; i < 4; i++) {
      of('a').record('connect-failed', 0)
      of('a').httpStatus(200, 0)
    }
    of('a').record('local-timeout', 5)
    expect(events).toMatchObject([{ type: 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE', at: 5 }])

    for (let i = 0; i < 4; i++) of('b').record('connect-failed', 0)
    of('b').record('connected', 0)
    for (let i = 0; i < 4; i++) of('b').record('connect-failed', 0)
    of('b').record('request-succeeded', 0)
    for (let i = 0; i < 4; i++) of('b').record('request-failed', 0)
    expect(of('b').isEjected).toBe(false)
    of('b').record('request-failed', 0)
    expect(events.at(-1)).toMatchObject({ host: 'b', type: 'CONSECUTIVE_5XX' })
  })

  test('split off it has success rates of its own', () => {
    const { detector, of, events } = detectorOf('abcde', {
      ...all,
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailure: 0,
      successRateRequestVolume: 2,
    })
    for (const host of 'bcde') for (let i = 0; i < 2; i++) of(host).record('connected', 0)
    of('a').record('connected', 0)
    of('a').record('connect-failed', 0)
    detector.advance(10_000)

    // Rates 50, 100, 100, 100, 100: mean 90, standard deviation 20, so 90 − 1.9 × 20 = 52.
    expect(events).toMatchObject([
      {
        host: 'a',
        type: 'SUCCESS_RATE_LOCAL_ORIGIN',
        successRate: 50,
        averageSuccessRate: 90,
        successRateThreshold: 52,
      },
    ])
    expect(detector.comparison).toBeUndefined()
  })
})

describe('success rates', () => {
  const rates = { ...all, consecutive5xx: 0, successRateRequestVolume: 10 }

  /** `rate` in tenths of ten requests. */
  function serve(monitor: HostMonitor<string>, tenths: number): void {
    answer(monitor, 200, tenths)
    answer(monitor, 500, 10 - tenths)
  }

  test('eject the host below the mean less 1.9 standard deviations', () => {
    const { detector, of, events } = detectorOf('abcde', rates)
    for (const host of 'acde') serve(of(host), 10)
    serve(of('b'), 5)
    expect(detector.advance(9_999)).toBe(false)
    expect(detector.advance(10_000)).toBe(true)

    expect(detector.comparison).toEqual({ average: 90, threshold: 52 })
    expect(events).toMatchObject([{ host: 'b', type: 'SUCCESS_RATE', enforced: true }])
    // Judged is the interval that is over, once.
    detector.advance(20_000)
    expect(events).toHaveLength(1)
    expect(detector.comparison).toBeUndefined()
  })

  test('eject nobody where all are alike, at their best or their worst', () => {
    const { detector, of, events } = detectorOf('abcde', rates)
    for (const tenths of [10, 4, 0]) {
      for (const host of 'abcde') serve(of(host), tenths)
      detector.advance(detector.nextPassAt)
      expect(detector.comparison).toEqual({ average: tenths * 10, threshold: tenths * 10 })
    }
    expect(events).toEqual([])
  })

  test('of an ejected host are not compared, whatever it still answers', () => {
    const { detector, of } = detectorOf('abcdef', { ...rates, consecutive5xx: 3 })
    answer(of('f'), 500, 10)
    expect(of('f').isEjected).toBe(true)
    for (const host of 'abcde') serve(of(host), 9)
    detector.advance(10_000)
    expect(detector.comparison?.average).toBe(90)
  })

  test('four hosts of five with enough volume are too few', () => {
    const { detector, of, events } = detectorOf('abcde', rates)
    for (const host of 'acd') serve(of(host), 10)
    serve(of('b'), 5)
    answer(of('e'), 200, 9)
    detector.advance(10_000)
    expect(events).toEqual([])
  })

  test('a smaller factor ejects more', () => {
    const { detector, of, events } = detectorOf('abcde', { ...rates, successRateStdevFactor: 500 })
    // Mean 80, deviations 20, 0, 0, −10, −10: variance 600 / 5 = 120, deviation 10.95, threshold 74.52.
    for (const [i, host] of [...'abcde'].entries()) serve(of(host), [10, 8, 8, 7, 7][i] ?? 0)
    detector.advance(10_000)

    expect(detector.comparison?.average).toBe(80)
    expect(detector.comparison?.threshold).toBeCloseTo(80 - 0.5 * Math.sqrt(120), 9)
    expect(events.map(({ host }) => host)).toEqual(['d', 'e'])
  })
})

describe('failure percentage', () => {
  const failing = {
    ...all,
    consecutive5xx: 0,
    enforcingFailurePercentage: 100,
    failurePercentageRequestVolume: 20,
    enforcingSuccessRate: 0,
    successRateRequestVolume: 1_000,
  }

  test('ejects at 85 % failures, reached is enough, whatever the others do', () => {
    const { detector, of, events } = detectorOf('abcde', failing)
    for (const host of 'abc') {
      answer(of(host), 500, 17)
      answer(of(host), 200, 3)
    }
    answer(of('d'), 500, 16)
    answer(of('d'), 200, 4)
    answer(of('e'), 500, 19)
    detector.advance(10_000)
    // Only four have the volume.
    expect(events).toEqual([])

    for (const host of 'abc') {
      answer(of(host), 500, 17)
      answer(of(host), 200, 3)
    }
    answer(of('d'), 500, 16)
    answer(of('d'), 200, 4)
    answer(of('e'), 500, 20)
    detector.advance(20_000)
    expect(events.map(({ host }) => host)).toEqual(['a', 'b', 'c', 'e'])
    expect(events[0]).toMatchObject({ type: 'FAILURE_PERCENTAGE', successRate: 15 })
  })

  test('does not eject again what the success rate has just ejected', () => {
    const { detector, of } = detectorOf('abcde', {
      ...failing,
      enforcingSuccessRate: 100,
      successRateRequestVolume: 20,
    })
    answer(of('a'), 500, 20)
    for (const host of 'bcde') answer(of(host), 200, 20)
    detector.advance(10_000)

    expect(detector.counters).toMatchObject({
      ejections_active: 1,
      ejections_enforced_success_rate: 1,
      ejections_detected_failure_percentage: 1,
      ejections_enforced_failure_percentage: 0,
    })
  })
})

describe('how many are ejected', () => {
  test('of three hosts none by default, and the overflow is counted', () => {
    const { detector, of, events } = detectorOf('abc', {})
    answer(of('a'), 500, 10)

    expect(events).toEqual([])
    expect(detector.counters).toMatchObject({
      ejections_active: 0,
      ejections_overflow: 2,
      ejections_detected_consecutive_5xx: 2,
    })
  })

  test('one of three if one always may be', () => {
    const { of } = detectorOf('abc', { alwaysEjectOneHost: true })
    answer(of('a'), 500, 5)
    answer(of('b'), 500, 5)
    expect([of('a').isEjected, of('b').isEjected]).toEqual([true, false])
  })

  test('half of four are two, and a third once one of them has left', () => {
    const { detector, of } = detectorOf('abcd', { maxEjectionPercent: 50 })
    for (const host of 'abc') answer(of(host), 500, 5)
    expect(detector.ejected).toBe(2)
    detector.remove('a')
    detector.add('e')
    expect(detector.ejected).toBe(1)
    answer(of('c'), 500, 5)
    expect(of('c').isEjected).toBe(true)
  })

  test('0 % is none at all', () => {
    const { detector, of } = detectorOf('a', { maxEjectionPercent: 0 })
    answer(of('a'), 500, 100)
    expect(detector.ejected).toBe(0)
  })
})

describe('the end of an ejection', () => {
  test('comes later by a jitter of up to the given time', () => {
    const { of } = detectorOf('a', { ...all, maxEjectionTimeJitterMs: 999 }, { random: () => 0.5 })
    answer(of('a'), 500, 5)
    expect(of('a').ejectedUntil).toBe(30_500)
  })

  test('comes at once with a passed health check, unless that is switched off', () => {
    const one = detectorOf('a', all)
    const other = detectorOf('a', { ...all, successfulActiveHealthCheckUnejectHost: false })
    for (const { of } of [one, other]) {
      answer(of('a'), 500, 5)
      of('a').healthCheckPassed(1)
      of('a').healthCheckPassed(2)
    }
    expect([one.of('a').isEjected, other.of('a').isEjected]).toEqual([false, true])
    expect(one.events.map(({ action, at }) => [action, at])).toEqual([
      ['eject', 0],
      ['uneject', 1],
    ])
    expect(one.detector.counters).toMatchObject({ ejections_active: 0 })
  })

  test('does not come back to a host that left', () => {
    const { detector, of, events } = detectorOf('a', all)
    const gone = of('a')
    answer(gone, 500, 5)
    detector.remove('a')
    gone.healthCheckPassed(0)
    answer(gone, 500, 50)
    expect(of('a').isEjected).toBe(false)
    expect(events).toHaveLength(1)
    expect(detector.ejected).toBe(0)
  })
})

describe('bad input', () => {
  test.each([
    [{ consecutive5xx: -1 }, 'consecutive5xx'],
    [{ consecutive5xx: 2 ** 32 }, 'consecutive5xx'],
    [{ consecutiveGatewayFailure: 1.5 }, 'consecutiveGatewayFailure'],
    [{ maxEjectionPercent: 101 }, 'maxEjectionPercent'],
    [{ enforcingSuccessRate: Number.NaN }, 'enforcingSuccessRate'],
    [{ intervalMs: 0 }, 'intervalMs'],
    [{ intervalMs: Infinity }, 'intervalMs'],
    [{ baseEjectionTimeMs: Number.NaN }, 'baseEjectionTimeMs'],
    [{ baseEjectionTimeMs: 2, maxEjectionTimeMs: 1 }, 'maxEjectionTimeMs'],
    [{ maxEjectionTimeJitterMs: -1 }, 'maxEjectionTimeJitterMs'],
    [{ maxEjectionTimeJitterMs: 1 }, 'random'],
    [{ enforcingConsecutive5xx: 50 }, 'random'],
  ])('refuses %j', (options, name) => {
    expect(() => new OutlierDetector(options, { now: 0 })).toThrow(
      expect.objectContaining({
        code: 'ERR_CIRCUIT_BREAKER_OPTION',
        message: expect.stringContaining(name),
      }),
    )
  })

  test('begins at no time that is none', () => {
    expect(() => new OutlierDetector({}, { now: Number.NaN })).toThrow('now')
  })

  test('a base longer than the default cap raises the cap', () => {
    const { of } = detectorOf('a', { ...all, baseEjectionTimeMs: 400_000 })
    answer(of('a'), 500, 5)
    expect(of('a').ejectedUntil).toBe(400_000)
  })

  test('thresholds of 0 and 2^32 − 1 never trip', () => {
    for (const consecutive5xx of [0, 4294967295]) {
      const { of } = detectorOf('a', { ...all, consecutive5xx })
      answer(of('a'), 500, 10_000)
      expect(of('a').isEjected).toBe(false)
    }
  })

  test('a clock that goes backwards or nowhere stands still', () => {
    const { detector, of } = detectorOf('a', all, { now: 1_000 })
    expect(detector.advance(Number.NaN)).toBe(false)
    expect(detector.advance(Infinity)).toBe(false)
    expect(detector.advance(11_000)).toBe(true)
    answer(of('a'), 500, 5, 0)
    expect(of('a').ejectedAt).toBe(11_000)
    expect(detector.advance(0)).toBe(false)
  })

  test('a detector without hosts passes', () => {
    const { detector } = detectorOf('', { ...all, successRateMinimumHosts: 0 })
    expect(detector.advance(10_000)).toBe(true)
    expect(detector.comparison).toBeUndefined()
  })
})
