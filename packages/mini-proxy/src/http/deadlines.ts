import type { Timers } from '../ambient.ts'

/** Something that must not last for ever. Moving the deadline is an assignment, and costs no timer. */
export interface Expiring {
  /** What `after` gave, or `Infinity` for never. */
  readonly deadline: number
  /** Called when the deadline has passed, and again until it is moved or the item removed. */
  onDeadline(): void
  /** Where some share is taken from timeouts: moves the deadline to `now` if that is enough to end it. */
  hurry?(share: number, now: number): void
  /** The watch's own: where the item stands among those that it watches. */
  watchedAt?: number
}

const tickMs = 100

/**
 * Watches the deadlines of many connections and streams by one entry of the timer wheel, which is there while anything is
 * watched. They pass a tenth of a second late at most, and never early: enough for timeouts that guard against peers that went
 * away. A look at all of them, ten times a second, costs less than a list that every request would have to touch.
 */
export class Deadlines {
  readonly #timers: Timers
  /** In no order; each knows its place, so that coming and going cost the same however many there are. */
  readonly #items: Expiring[] = []
  /** Milliseconds, of the ticks counted so far; stands still while nothing is watched. */
  #now = 0
  #timer: unknown
  /** The share that is taken from timeouts now; mostly none. */
  hurry = 0

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** The deadline that lies so many milliseconds ahead. */
  after(ms: number): number {
    return this.#now + tickMs + ms
  }

  add(item: Expiring): void {
    if (this.#watches(item)) return
    item.watchedAt = this.#items.length
    this.#items.push(item)
    if (this.#timer === undefined) this.#arm()
  }

  remove(item: Expiring): void {
    if (!this.#watches(item)) return
    const last = this.#items.pop()
    if (last !== undefined && last !== item) {
      last.watchedAt = item.watchedAt ?? 0
      this.#items[last.watchedAt] = last
    }
    item.watchedAt = -1
  }

  #watches(item: Expiring): boolean {
    const at = item.watchedAt ?? -1
    return at >= 0 && this.#items[at] === item
  }

  #arm(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#timers.setTimeout(() => this.#tick(), tickMs)
  }

  #tick(): void {
    this.#timer = undefined
    this.#now += tickMs
    // From the end: whoever leaves makes room for one that was looked at before.
    for (let at = this.#items.length - 1; at >= 0; at -= 1) {
      const item = this.#items[at]
      if (this.hurry > 0) item?.hurry?.(this.hurry, this.#now)
      if (item !== undefined && item.deadline <= this.#now) item.onDeadline()
    }
    if (this.#items.length > 0) this.#arm()
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
