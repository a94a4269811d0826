/** Monotonic milliseconds; `performance` is one. */
export interface Clock {
  now(): number
}

/** What is needed to wait; the global timer functions are one. */
export interface Timers {
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

export const defaultClock: Clock = { now: () => performance.now() }

export const defaultWallClock = (): number => Date.now()

/** Resolves after other work had its turn. */
export function otherWork(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

export const defaultTimers: Timers = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => {
    // What `setTimeout` above gave: the interface keeps its type to itself.
    clearTimeout(timer as NodeJS.Timeout)
  },
}
