import type { Timers } from '../ambient.ts'

/** Something that must not last for ever. Moving the deadline is an assignment, and costs no timer. */
export interface Expiring {
  /** What `after` gave, or `Infinity` for never. */
  readonly deadline: number
  /** Called when the deadline has passed, and again until it is moved or the item removed. */
  onDeadline(): void
}

const tickMs = 100

/**
 * Watches the deadlines of many connections and streams with one timer. They pass a tenth of a second late at most, and
 * never early: enough for timeouts that guard against peers that went away.
 */
export class Deadlines {
  readonly #timers: Timers
  readonly #items = new Set<Expiring>()
  /** Milliseconds, of the ticks counted so far; stands still while nothing is watched. */
  #now = 0
  #timer: unknown

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** The deadline that lies so many milliseconds ahead. */
  after(ms: number): number {
    return this.#now + tickMs + ms
  }

  add(item: Expiring): void {
    this.#items.add(item)
    if (this.#timer === undefined) this.#arm()
  }

  remove(item: Expiring): void {
    this.#items.delete(item)
    if (this.#items.size > 0 || this.#timer === undefined) return
    this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(): void {
    this.#timer = this.#timers.setTimeout(() => this.#tick(), tickMs)
  }

  #tick(): void {
    this.#timer = undefined
    this.#now += tickMs
    for (const item of this.#items) if (item.deadline <= this.#now) item.onDeadline()
    if (this.#items.size > 0 && this.#timer === undefined) this.#arm()
  }
}

const shared = new WeakMap<Timers, Deadlines>()

/** The one watch over all that use the same timers. */
export function deadlinesOn(timers: Timers): Deadlines {
  const known = shared.get(timers)
  if (known !== undefined) return known
  const made = new Deadlines(timers)
  shared.set(timers, made)
  return made
}
