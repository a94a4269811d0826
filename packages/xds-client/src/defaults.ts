import type { Clock, Timers } from './time.ts'

// The one place where this package takes time and chance from its surroundings.

/** Node's monotonic clock. */
export const systemClock: Clock = { now: () => performance.now() }

/** Node's timers. */
export const systemTimers: Timers = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
}

/** The date and time, in milliseconds since the epoch. */
export const systemWallClock = (): number => Date.now()

/** Uniform in [0, 1). */
export const systemRandom = (): number => Math.random()
