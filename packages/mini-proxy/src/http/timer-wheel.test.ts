import { ManualClock, seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { TimerWheel, wheelOn } from './timer-wheel.ts'

test('timers run at their time, in the order of their times, however long they wait', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  const ran: [number, number][] = []
  const random = seededRandom(1)
  const times = Array.from({ length: 500 }, () => Math.floor(random() ** 3 * 60_000))
  for (const ms of times) wheel.setTimeout(() => ran.push([ms, clock.now()]), ms)
  clock.advance(70_000)
  expect(ran).toHaveLength(500)
  for (const [wanted, at] of ran) expect(at).toBe(wanted)
  expect(ran.map(([ms]) => ms)).toEqual(times.toSorted((a, b) => a - b))
})

test('it agrees with plain timers about what runs when, whatever is set and cleared', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  const random = seededRandom(2)
  const [ran, expected]: [string[], string[]] = [[], []]
  const set: { wheel: unknown; plain: unknown }[] = []
  for (let i = 0; i < 3000; i++) {
    const ms = Math.floor(random() ** 4 * 20_000)
    set.push({
      plain: clock.setTimeout(() => expected.push(`${i} at ${clock.now()}`), ms),
      wheel: wheel.setTimeout(() => ran.push(`${i} at ${clock.now()}`), ms),
    })
    if (random() < 0.6) {
      const some = set[Math.floor(random() * set.length)]
      clock.clearTimeout(some?.plain)
      wheel.clearTimeout(some?.wheel)
    }
    clock.advance(Math.floor(random() * 40))
  }
  clock.advance(20_000)
  expect(expected.length).toBeGreaterThan(1000)
  // Of the same millisecond any may come first.
  expect(ran.toSorted()).toEqual(expected.toSorted())
})

test('one timer of the platform serves all, and none when nothing waits', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  const timers = Array.from({ length: 100 }, (_, i) =>
    wheel.setTimeout(() => undefined, 15_000 + i),
  )
  expect(clock.pending).toBe(1)
  for (const timer of timers) wheel.clearTimeout(timer)
  expect(clock.pending).toBe(0)
})

test('one that is cleared by another that runs at the same time does not run', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  let ran = 0
  const both: unknown[] = [0, 1].map((i) =>
    wheel.setTimeout(() => {
      ran++
      wheel.clearTimeout(both[1 - i])
    }, 50),
  )
  clock.advance(100)
  expect(ran).toBe(1)
})

test('one set by another that runs comes later, and at once if it asks for that', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  const ran: string[] = []
  wheel.setTimeout(() => {
    wheel.setTimeout(() => ran.push(`next at ${clock.now()}`), 0)
    wheel.setTimeout(() => ran.push(`later at ${clock.now()}`), 10)
    ran.push('first')
  }, 10)
  clock.advance(30)
  expect(ran).toEqual(['first', 'next at 10', 'later at 20'])
})

test('timers that are moved without the clock still run', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, { now: () => 5 })
  let ran = 0
  wheel.setTimeout(() => ran++, 15_000)
  clock.advance(14_999)
  expect(ran).toBe(0)
  clock.advance(1)
  expect(ran).toBe(1)
})

test('the same timers have the same wheel', () => {
  const clock = new ManualClock()
  expect(wheelOn(clock, clock)).toBe(wheelOn(clock, clock))
})

test('a clock that goes on by itself, slowly, does not keep timers from running', () => {
  const clock = new ManualClock()
  let now = 0
  const slow = {
    now: () => {
      now += 0.01
      return now
    },
  }
  const wheel = new TimerWheel(clock, slow)
  const ran: number[] = []
  for (const ms of [1, 2.5, 7, 20, 500, 5000]) wheel.setTimeout(() => ran.push(ms), ms)
  clock.advance(5100)
  expect(ran).toEqual([1, 2.5, 7, 20, 500, 5000])
})

test('what waits for ever never runs and keeps nothing awake, what waits for a month does run', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  let ran = 0
  wheel.clearTimeout(wheel.setTimeout(() => ran++, Number.POSITIVE_INFINITY))
  wheel.setTimeout(() => ran++, Number.POSITIVE_INFINITY)
  expect(clock.pending).toBe(0)

  const dayMs = 86_400_000
  wheel.setTimeout(() => ran++, 30 * dayMs)
  clock.advance(30 * dayMs - 1)
  expect(ran).toBe(0)
  clock.advance(1)
  expect(ran).toBe(1)
  // It looks every second of that month.
}, 60_000)

test('a wheel on a wheel is the same wheel', () => {
  const clock = new ManualClock()
  const wheel = wheelOn(clock, clock)
  expect(wheelOn(wheel, clock)).toBe(wheel)
})

test('a wheel on which nothing waits lets go of its timer, and takes one again', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  const timer = wheel.setTimeout(() => undefined, 500)
  expect(clock.pending).toBe(1)
  wheel.clearTimeout(timer)
  expect(clock.pending).toBe(0)
  let ran = 0
  wheel.setTimeout(() => ran++, 10)
  clock.advance(10)
  expect(ran).toBe(1)
})

test('one that sets itself again makes no other late', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, clock)
  const ran: string[] = []
  const tick = (): void => void wheel.setTimeout(tick, 100)
  tick()
  for (const ms of [150, 310, 990, 1250]) {
    wheel.setTimeout(() => ran.push(`${ms} at ${clock.now()}`), ms)
  }
  clock.advance(2000)
  expect(ran).toEqual(['150 at 150', '310 at 310', '990 at 990', '1250 at 1250'])
})
