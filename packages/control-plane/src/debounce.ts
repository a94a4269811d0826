import type { Clock, Timers } from './defaults.ts'

/** How long changes are collected. */
export interface DebounceOptions {
  /** Milliseconds without a further change after which the collected ones count. Default: 100. */
  readonly quietMs?: number
  /** Milliseconds after the first change at which they count in any case. Default: 10,000. */
  readonly maxMs?: number
}

/** The times that Istio waits (PILOT_DEBOUNCE_AFTER, PILOT_DEBOUNCE_MAX). */
export const defaultDebounce: Required<DebounceOptions> = { quietMs: 100, maxMs: 10_000 }

/**
 * Turns many changes into few: `fire` runs once it was quiet for a while, or once the first change
 * is old enough. While `fire` is at work, changes are collected for the next time.
 */
export class Debounce {
  readonly #options: Required<DebounceOptions>
  readonly #time: Clock & Timers
  readonly #fire: (waitedMs: number) => Promise<void>
  #firstAtMs: number | undefined
  #lastAtMs = 0
  #timer: unknown
  #busy = false
  #closed = false

  constructor(
    options: Required<DebounceOptions>,
    time: Clock & Timers,
    fire: (waitedMs: number) => Promise<void>,
  ) {
    if (!(options.quietMs >= 0 && options.maxMs >= options.quietMs)) {
      throw new RangeError(
        `debounce must be 0 <= quietMs <= maxMs, got ${options.quietMs} and ${options.maxMs}`,
      )
    }
    this.#options = options
    this.#time = time
    this.#fire = fire
  }

  /** Whether changes wait, or are at work. */
  get pending(): boolean {
    return this.#busy || this.#firstAtMs !== undefined
  }

  /** Something changed. */
  signal(): void {
    if (this.#closed) return
    this.#lastAtMs = this.#time.now()
    this.#firstAtMs ??= this.#lastAtMs
    this.#arm()
  }

  /** Forgets what waits; nothing fires from now on. */
  close(): void {
    this.#closed = true
    this.#firstAtMs = undefined
    this.#disarm()
  }

  #arm(): void {
    if (this.#busy || this.#firstAtMs === undefined) return
    this.#disarm()
    const dueAtMs = Math.min(
      this.#lastAtMs + this.#options.quietMs,
      this.#firstAtMs + this.#options.maxMs,
    )
    this.#timer = this.#time.setTimeout(
      () => void this.#run(),
      Math.max(0, dueAtMs - this.#time.now()),
    )
  }

  #disarm(): void {
    if (this.#timer === undefined) return
    this.#time.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #run(): Promise<void> {
    const waitedMs = this.#time.now() - (this.#firstAtMs ?? this.#time.now())
    this.#firstAtMs = undefined
    this.#timer = undefined
    this.#busy = true
    try {
      await this.#fire(waitedMs)
    } finally {
      this.#busy = false
      this.#arm()
    }
  }
}
