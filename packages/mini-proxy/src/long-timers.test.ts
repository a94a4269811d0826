import { ManualClock } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { longTimers } from './long-timers.ts'

const day = 86_400_000

test.each([2, day, 2 ** 31 - 1, 2 ** 31, 100 * day, 1000 * day])('%d ms are so many', (ms) => {
  const clock = new ManualClock()
  const waits: number[] = []
  const timers = longTimers({
    setTimeout(run, part) {
      waits.push(part)
      return clock.setTimeout(run, part)
    },
    clearTimeout: (timer) => clock.clearTimeout(timer as never),
  })
  let runs = 0
  timers.setTimeout(() => runs++, ms)
  const stopped = timers.setTimeout(() => runs++, ms)
  // Half way, so that a long one is amid its parts.
  clock.advance(Math.floor(ms / 2))
  timers.clearTimeout(stopped)
  clock.advance(Math.ceil(ms / 2) - 1)
  expect(runs).toBe(0)
  clock.advance(1)
  expect(runs).toBe(1)
  clock.advance(2 * ms)
  expect(runs).toBe(1)
  expect(Math.max(...waits)).toBeLessThan(2 ** 31)
})
