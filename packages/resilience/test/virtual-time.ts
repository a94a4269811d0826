import { seededRandom } from '@meshwright/testkit'
import type { Surroundings } from '../src/index.ts'

/** A clock that leaps from timer to timer as soon as nothing else is left to do. */
export class VirtualTime {
  #now: number
  #order = 0
  #timers: { readonly at: number; readonly order: number; readonly run: () => void }[] = []

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  get waiting(): number {
    return this.#timers.length
  }

  /** As that of platforms, which take a time of more than 31 bits for none. */
  setTimeout(run: () => void, ms: number): unknown {
    const wait = ms > 2 ** 31 - 1 ? 1 : Math.max(0, ms)
    const timer = { at: this.#now + wait, order: this.#order++, run }
    this.#timers.push(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers = this.#timers.filter((it) => it !== timer)
  }

  /** A promise that comes true after so long. */
  after(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.setTimeout(resolve, ms)
    return promise
  }

  /** Runs until the promise is settled; throws what it throws. */
  async run<T>(outcome: PromiseLike<T>): Promise<T> {
    let settled = false
    const watched = Promise.resolve(outcome).finally(() => {
      settled = true
    })
    watched.catch(() => {})
    for (let steps = 0; !settled; steps++) {
      if (steps > 100_000) throw new Error('still not settled after 100 000 timers')
      await idle()
      if (!settled && !this.#next()) throw new Error('waits for ever: no timer is left')
    }
    return await watched
  }

  /** Runs every timer that is due within so long. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await idle()
    while (this.#timers.some(({ at }) => at <= end)) {
      this.#next()
      await idle()
    }
    this.#now = end
  }

  #next(): boolean {
    const timer = this.#timers.toSorted((a, b) => a.at - b.at || a.order - b.order)[0]
    if (timer === undefined) return false
    this.clearTimeout(timer)
    this.#now = timer.at
    timer.run()
    return true
  }
}

/** Surroundings of this clock and of a draw that is the same each time. */
export function surroundingsOf(
  time: VirtualTime,
  random: () => number = seededRandom(1),
): Surroundings {
  return { clock: time, timers: time, random }
}

/** Lets every promise that can go on do so. */
async function idle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
