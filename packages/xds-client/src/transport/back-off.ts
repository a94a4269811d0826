/** Waits that double, each drawn anew: exponential back-off with full jitter. Milliseconds. */
export class BackOff {
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #random: () => number
  #failures = 0

  constructor(baseMs: number, maxMs: number, random: () => number) {
    this.#baseMs = baseMs
    this.#maxMs = maxMs
    this.#random = random
  }

  /** How long to wait after one more failure. */
  next(): number {
    const ceiling = Math.min(this.#maxMs, this.#baseMs * 2 ** this.#failures)
    this.#failures += 1
    return this.#random() * ceiling
  }

  /** Starts over, after a success. */
  reset(): void {
    this.#failures = 0
  }
}
