import type { Timers } from '../ambient.ts'

/** What a forwarded request waits for. */
export type RouterTimer = 'total' | 'try' | 'stream' | 'back-off'

/** The timers of one forwarded request, each at most once. */
export class RouterTimers {
  readonly #timers: Timers
  readonly #running = new Map<RouterTimer, unknown>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  start(name: RouterTimer, ms: number, run: () => void): void {
    this.stop(name)
    const timer = this.#timers.setTimeout(() => {
      this.#running.delete(name)
      run()
    }, ms)
    this.#running.set(name, timer)
  }

  stop(name: RouterTimer): void {
    if (!this.#running.has(name)) return
    this.#timers.clearTimeout(this.#running.get(name))
    this.#running.delete(name)
  }

  stopAll(): void {
    for (const name of [...this.#running.keys()]) this.stop(name)
  }
}
