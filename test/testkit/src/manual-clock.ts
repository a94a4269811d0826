/** A clock and its timers that stand still until a test moves them. */
export class ManualClock {
  #now = 0
  #nextId = 1
  readonly #waiting = new Map<number, { readonly at: number; readonly run: () => void }>()

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now
  }

  setTimeout(run: () => void, ms: number): number {
    const id = this.#nextId++
    this.#waiting.set(id, { at: this.#now + ms, run })
    return id
  }

  clearTimeout(timer: unknown): void {
    if (typeof timer === 'number') this.#waiting.delete(timer)
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#waiting.size
  }

  /** Moves time forward and runs what falls due, in order of its time. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#dueBefore(end); next !== undefined; next = this.#dueBefore(end)) {
      const [id, { at, run }] = next
      this.#waiting.delete(id)
      this.#now = Math.max(this.#now, at)
      run()
    }
    this.#now = end
  }

  #dueBefore(end: number): [number, { readonly at: number; readonly run: () => void }] | undefined {
    return [...this.#waiting]
      .filter(([, it]) => it.at <= end)
      .sort(([, a], [, b]) => a.at - b.at)[0]
  }
}
