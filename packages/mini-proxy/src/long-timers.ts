import type { Timers } from './ambient.ts'

/** Platforms take more for no time at all. */
const longestMs = 2 ** 31 - 1

/** The same timers, which also wait for longer than the 24.8 days that fit into 31 bits. `Infinity` never comes. */
export function longTimers(timers: Timers): Timers {
  return {
    setTimeout: (run, ms) =>
      ms > longestMs ? new LongTimer(timers, run, ms) : timers.setTimeout(run, ms),
    clearTimeout(timer) {
      if (timer instanceof LongTimer) timer.stop()
      else timers.clearTimeout(timer)
    },
  }
}

/** One timer after the other. */
class LongTimer {
  readonly #timers: Timers
  readonly #run: () => void
  #leftMs: number
  #timer: unknown

  constructor(timers: Timers, run: () => void, ms: number) {
    this.#timers = timers
    this.#run = run
    this.#leftMs = ms
    this.#arm()
  }

  stop(): void {
    this.#timers.clearTimeout(this.#timer)
  }

  #arm(): void {
    const ms = Math.min(this.#leftMs, longestMs)
    this.#leftMs -= ms
    const next = this.#leftMs > 0 ? () => this.#arm() : this.#run
    this.#timer = this.#timers.setTimeout(next, ms)
  }
}
