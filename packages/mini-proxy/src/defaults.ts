// The global of that name is looked up anew by every call.
import { performance } from 'node:perf_hooks'
import type { Ambient } from './ambient.ts'

/** The process's own clock, timers and randomness, and no log. */
export const defaultAmbient: Ambient = {
  clock: { now: () => performance.now() },
  timers: {
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  },
  wallClock: () => Date.now(),
  random: () => Math.random(),
  log: () => undefined,
}
