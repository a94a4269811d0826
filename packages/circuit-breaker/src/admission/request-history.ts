/**
 * Requests and successes of the last so many seconds. Entries are a second long or longer: one begins with the first request that
 * is a second younger than the beginning of the entry before, and is forgotten as a whole. A ring: nothing is allocated.
 */
export class RequestHistory {
  requests = 0
  successes = 0
  readonly #windowMs: number
  readonly #length: number
  readonly #begins: Float64Array
  /** Requests and successes of each entry. */
  readonly #counts: Int32Array
  #oldest = 0
  #count = 0

  constructor(seconds: number) {
    this.#windowMs = seconds * granularityMs
    // As many as begin a second apart within the window, and one for rounding.
    this.#length = seconds + 1
    this.#begins = new Float64Array(this.#length)
    this.#counts = new Int32Array(this.#length * fields)
  }

  /** Forgets what is too old, and begins a new entry if one is due. */
  advance(now: number): void {
    while (this.#count > 0 && now - this.#beginOf(0) >= this.#windowMs) this.#forgetOldest()
    if (this.#count > 0 && now - this.#beginOf(this.#count - 1) < granularityMs) return
    const at = this.#place(this.#count)
    this.#begins[at] = now
    this.#counts.fill(0, at * fields, (at + 1) * fields)
    this.#count++
  }

  record(isSuccess: boolean, now: number): void {
    this.advance(now)
    const counts = this.#counts
    const at = this.#place(this.#count - 1) * fields
    counts[at] = (counts[at] ?? 0) + 1
    this.requests++
    if (!isSuccess) return
    counts[at + 1] = (counts[at + 1] ?? 0) + 1
    this.successes++
  }

  /** Requests a second over the window, a whole number; nothing is forgotten by asking. */
  averageRps(now: number): number {
    if (this.#count === 0 || this.requests === 0) return 0
    const seconds = Math.floor(Math.max(this.#windowMs, now - this.#beginOf(0)) / granularityMs)
    return Math.floor(this.requests / seconds)
  }

  #forgetOldest(): void {
    const at = this.#place(0) * fields
    this.requests -= this.#counts[at] ?? 0
    this.successes -= this.#counts[at + 1] ?? 0
    this.#oldest = (this.#oldest + 1) % this.#length
    this.#count--
  }

  #beginOf(entry: number): number {
    return this.#begins[this.#place(entry)] ?? 0
  }

  #place(entry: number): number {
    return (this.#oldest + entry) % this.#length
  }
}

const fields = 2
const granularityMs = 1_000
