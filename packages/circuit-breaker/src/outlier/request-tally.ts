/** Requests of one host and origin: of the interval that runs, and of the one before, which alone is judged. */
export class RequestTally {
  #total = 0
  #good = 0
  #lastTotal = 0
  #lastGood = 0

  add(isGood: boolean): void {
    this.#total++
    if (isGood) this.#good++
  }

  /** The interval is over. */
  turn(): void {
    this.#lastTotal = this.#total
    this.#lastGood = this.#good
    this.#total = 0
    this.#good = 0
  }

  /** Requests of the interval before. */
  get volume(): number {
    return this.#lastTotal
  }

  /** Their share of good ones, 0–100; `undefined` if there were none. */
  get successRate(): number | undefined {
    return this.#lastTotal === 0 ? undefined : (this.#lastGood * 100) / this.#lastTotal
  }
}
