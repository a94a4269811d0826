import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Breaker, type BreakerOptions, type CallOutcome } from '../src/index.ts'

/** What may happen to a breaker; `start` ends at some later `end`. */
type Step =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'start' }
  | {
      readonly kind: 'end'
      readonly which: number
      readonly outcome: CallOutcome
      readonly ms: number
    }
  | { readonly kind: 'trip' }
  | { readonly kind: 'reset' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(150) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('start' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(),
      outcome: fc.constantFrom<CallOutcome>('success', 'failure', 'failure', 'cancelled'),
      ms: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'trip' }, { kind: 'reset' }) },
)

const options: fc.Arbitrary<BreakerOptions> = fc.record({
  consecutiveFailures: fc.integer({ min: 1, max: 4 }),
  failureRatio: fc.record({
    ratio: fc.constantFrom(0.1, 0.5, 1),
    minimumCalls: fc.integer({ min: 1, max: 8 }),
  }),
  slowCalls: fc.record({
    ratio: fc.constantFrom(0.5, 1),
    minimumCalls: fc.integer({ min: 1, max: 8 }),
    durationMs: fc.nat(100),
  }),
  window: fc.oneof(
    fc.record({ kind: fc.constant('count' as const), calls: fc.integer({ min: 1, max: 12 }) }),
    fc.record({
      kind: fc.constant('time' as const),
      ms: fc.constantFrom(100, 500),
      buckets: fc.constantFrom(1, 2, 10),
    }),
  ),
  coolDown: fc.record({
    baseMs: fc.nat(100),
    factor: fc.integer({ min: 1, max: 3 }),
    maxMs: fc.integer({ min: 100, max: 500 }),
  }),
  probes: fc.record({
    concurrent: fc.integer({ min: 1, max: 3 }),
    successes: fc.integer({ min: 1, max: 3 }),
    lostAfterMs: fc.constantFrom(50, 1_000),
  }),
})

/** Plays steps with a clock of its own. */
class Player {
  readonly breaker: Breaker
  now: number
  /** Changes of state so far, and for each call in flight how many there had been when it began. */
  #changes = 0
  readonly #held: { readonly ticket: number; readonly since: number }[] = []

  constructor(given: BreakerOptions, now: number) {
    this.breaker = new Breaker(given)
    this.breaker.subscribe(() => this.#changes++)
    this.now = now
  }

  /** What could be seen of it. */
  play(it: Step): unknown {
    const { breaker } = this
    switch (it.kind) {
      case 'wait':
        this.now += it.ms
        return breaker.state
      case 'trip':
      case 'reset':
        breaker[it.kind](this.now)
        return breaker.state
      case 'start':
        return [this.#start(), breaker.state]
      case 'end': {
        const [held] = this.#held.splice(it.which % (this.#held.length || 1), 1)
        if (held !== undefined) breaker.settle(held.ticket, it.outcome, this.now, it.ms)
        return breaker.state
      }
    }
  }

  get inFlight(): number {
    return this.#held.length
  }

  /** Calls in flight that began in the present state. */
  get inFlightOfNow(): number {
    return this.#held.filter(({ since }) => since === this.#changes).length
  }

  #start(): boolean {
    const ticket = this.breaker.admit(this.now)
    if (ticket !== 0) this.#held.push({ ticket, since: this.#changes })
    return ticket !== 0
  }
}

test('no more probes are in flight than allowed, and what is in flight adds up', () => {
  let halfOpen = 0
  let full = 0
  fc.assert(
    fc.property(options, fc.array(step, { minLength: 40, maxLength: 100 }), (given, steps) => {
      const player = new Player(given, 0)
      const most = given.probes?.concurrent ?? 1
      for (const it of steps) {
        player.play(it)
        expect(player.breaker.inFlight).toBe(player.inFlight)
        if (player.breaker.state !== 'half-open') continue
        halfOpen++
        expect(player.inFlightOfNow).toBeLessThanOrEqual(most)
        if (player.inFlightOfNow === most) full++
      }
    }),
    { numRuns: 1_000, seed: 5 },
  )
  expect(halfOpen).toBeGreaterThan(1_000)
  expect(full).toBeGreaterThan(500)
})

test('an exported state goes on in another breaker as it would have here, on any clock', () => {
  fc.assert(
    fc.property(
      options,
      fc.array(step, { maxLength: 60 }),
      fc.array(step, { maxLength: 60 }),
      fc.nat(1_000_000),
      (given, before, after, shift) => {
        const here = new Player(given, 0)
        for (const it of before) here.play(it)
        // What is in flight is not exported: here it counts as of before, by importing its own state.
        const exported = JSON.parse(JSON.stringify(here.breaker.exportState(here.now)))
        here.breaker.importState(exported, here.now)
        const there = new Player(given, here.now + shift)
        there.breaker.importState(exported, there.now)

        expect(there.breaker.exportState(there.now)).toEqual(exported)
        expect(here.breaker.exportState(here.now)).toEqual(exported)
        // Calls from before end here and not there; they change nothing.
        const ofBefore = here.inFlight
        for (let i = 0; i < ofBefore; i++) {
          here.play({ kind: 'end', which: 0, outcome: 'failure', ms: 0 })
        }
        for (const it of after) expect(there.play(it)).toEqual(here.play(it))
      },
    ),
    { numRuns: 1_000, seed: 6 },
  )
})

test('whatever the clock gives, states and times stay sane', () => {
  const time = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 5, 1e15))
  fc.assert(
    fc.property(options, fc.array(fc.tuple(step, time), { maxLength: 60 }), (given, steps) => {
      const player = new Player(given, 0)
      for (const [it, now] of steps) {
        player.now = now
        player.play(it.kind === 'wait' ? { kind: 'start' } : it)
        expect(player.breaker.retryAt).not.toBeNaN()
        const { retryInMs, nextCoolDownMs } = player.breaker.exportState(now)
        expect(retryInMs).toBeGreaterThanOrEqual(0)
        expect(retryInMs).toBeLessThan(Infinity)
        expect(nextCoolDownMs).toBeLessThanOrEqual(500)
      }
    }),
    { numRuns: 1_000, seed: 7 },
  )
})

test('over ten years of a day up and a day down nothing drifts', () => {
  const dayMs = 86_400_000
  const breaker = new Breaker({
    failureRatio: { ratio: 0.5, minimumCalls: 10 },
    window: { kind: 'time', ms: 10_000, buckets: 10 },
    coolDown: { baseMs: 60_000, factor: 1 },
  })
  const opened: number[] = []
  breaker.subscribe(({ to, at }) => {
    if (to === 'open') opened.push(at % dayMs)
  })
  let probes = 0
  // One call a minute, and every tenth of a second in the first 2 s of a day.
  for (let day = 0; day < 3_650; day++) {
    const outcome: CallOutcome = day % 2 === 0 ? 'success' : 'failure'
    const play = (now: number): void => {
      const ticket = breaker.admit(now)
      if (breaker.state === 'half-open') probes++
      if (ticket !== 0) breaker.settle(ticket, outcome, now)
    }
    for (let i = 0; i < 20; i++) play(day * dayMs + i * 100)
    for (let minute = 1; minute < 1_440; minute++) play(day * dayMs + minute * 60_000)
  }

  // Of each bad day: open with the tenth call, 900 ms in, then with a probe at every full minute but the first, which comes too early;
  // and one on each of the good days that follow one.
  expect(opened).toHaveLength(1_825 * 1_439)
  expect(probes).toBe(1_825 * 1_438 + 1_824)
  expect(new Set(opened).size).toBe(1_439)
  expect(Math.min(...new Set(opened))).toBe(900)
})
