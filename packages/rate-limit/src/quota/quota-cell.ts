import type { QuotaAmount } from './quota-options.ts'

/** What is allocated of one quota to one combination of dimensions. */
export interface QuotaCell {
  /** What could be allocated now. */
  available(now: number): number
  /** Allocates what is available; for how long, 0 for ever. */
  allocate(amount: number, now: number): number
  /** Releases so much, or all there is; how much that was. */
  release(amount: number, now: number): number
}

/** The cell for a quota. */
export function quotaCell({
  maxAmount,
  validDurationMs = 0,
  window = 'rolling',
}: QuotaAmount): QuotaCell {
  if (validDurationMs === 0) return new LastingCell(maxAmount)
  return window === 'rolling'
    ? new RollingCell(maxAmount, validDurationMs)
    : new FixedCell(maxAmount, validDurationMs)
}

/** Counts until released. */
class LastingCell implements QuotaCell {
  readonly #max: number
  #used = 0

  constructor(max: number) {
    this.#max = max
  }

  available(): number {
    return this.#max - this.#used
  }

  allocate(amount: number): number {
    this.#used += amount
    return 0
  }

  release(amount: number): number {
    const released = Math.min(amount, this.#used)
    this.#used -= released
    return released
  }
}

/** Counts from the first allocation until the duration is over. */
class FixedCell implements QuotaCell {
  readonly #max: number
  readonly #durationMs: number
  #used = 0
  #until = Number.NEGATIVE_INFINITY

  constructor(max: number, durationMs: number) {
    this.#max = max
    this.#durationMs = durationMs
  }

  available(now: number): number {
    return this.#max - (now >= this.#until ? 0 : this.#used)
  }

  allocate(amount: number, now: number): number {
    if (now >= this.#until) {
      this.#used = 0
      this.#until = now + this.#durationMs
    }
    this.#used += amount
    return this.#until - now
  }

  release(amount: number, now: number): number {
    if (now >= this.#until) return 0
    const released = Math.min(amount, this.#used)
    this.#used -= released
    return released
  }
}

/** As Mixer counts: ten ticks a second. */
const msPerTick = 100

/** Counts each allocation until the duration has passed it, by ticks; only ticks that have any are kept. */
class RollingCell implements QuotaCell {
  readonly #max: number
  readonly #durationMs: number
  /** As Mixer: whole seconds, rounded up. */
  readonly #ticks: number
  /** In order; amounts that were released may be 0. */
  #slots: { readonly tick: number; amount: number }[] = []
  #used = 0
  #tick = Number.NEGATIVE_INFINITY

  constructor(max: number, durationMs: number) {
    this.#max = max
    this.#durationMs = durationMs
    this.#ticks = Math.ceil(durationMs / 1000) * (1000 / msPerTick)
  }

  available(now: number): number {
    this.#roll(now)
    return this.#max - this.#used
  }

  allocate(amount: number, now: number): number {
    this.#roll(now)
    const newest = this.#slots.at(-1)
    if (newest?.tick === this.#tick) newest.amount += amount
    else this.#slots.push({ tick: this.#tick, amount })
    this.#used += amount
    return this.#durationMs
  }

  /** From the newest back, as Mixer does. */
  release(amount: number, now: number): number {
    this.#roll(now)
    let left = amount
    for (const slot of this.#slots.toReversed()) {
      const released = Math.min(left, slot.amount)
      slot.amount -= released
      left -= released
    }
    this.#slots = this.#slots.filter((it) => it.amount > 0)
    this.#used -= amount - left
    return amount - left
  }

  #roll(now: number): void {
    const tick = Math.floor(now / msPerTick)
    if (tick === this.#tick) return
    this.#tick = tick
    let past = 0
    for (const slot of this.#slots) {
      if (slot.tick > tick - this.#ticks) break
      this.#used -= slot.amount
      past += 1
    }
    if (past > 0) this.#slots.splice(0, past)
  }
}
