import type { Timers } from '../ambient.ts'

/** One timer that may be set again and again. */
export class Alarm {
  readonly #timers: Timers
  readonly #run: () => void
  #handle: unknown

  constructor(timers: Timers, run: () => void) {
    this.#timers = timers
    this.#run = run
  }

  /** Waiting for it. */
  get isSet(): boolean {
    return this.#handle !== undefined
  }

  /** Goes off after so long, and not when it would have before. */
  set(ms: number): void {
    this.stop()
    this.#handle = this.#timers.setTimeout(() => {
      this.#handle = undefined
      this.#run()
    }, ms)
  }

  stop(): void {
    if (this.#handle === undefined) return
    this.#timers.clearTimeout(this.#handle)
    this.#handle = undefined
  }
}
