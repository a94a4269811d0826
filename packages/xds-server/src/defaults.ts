/** Monotonic milliseconds; `performance` is one. */
export interface Clock {
  now(): number
}

/** What is needed to wait; the global timer functions are one. */
export interface Timers {
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

export const defaultTimers: Timers = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => {
    // What `setTimeout` above gave: the interface keeps its type to itself.
    clearTimeout(timer as NodeJS.Timeout)
  },
}

export const defaultClock: Clock = { now: () => performance.now() }

export const defaultWallClock = (): number => Date.now()

/** Lets other work run before `run` does. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run)
}
