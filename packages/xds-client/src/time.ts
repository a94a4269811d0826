/** A monotonic clock; milliseconds from an origin of its own. */
export interface Clock {
  now(): number
}

/** One-shot timers, in milliseconds. `globalThis` is one. */
export interface Timers {
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}
