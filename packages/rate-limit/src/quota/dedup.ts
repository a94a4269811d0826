import type { QuotaGrant } from './quota-options.ts'

/** An answer given before. */
interface GivenGrant {
  readonly amount: number
  /** When it stops being valid. */
  readonly until: number
}

/**
 * Remembers answers by their id, in two generations: from time to time the older is dropped and the younger becomes the older, so
 * that an answer lives for one to two spans. A generation that is full ends early.
 */
export class Dedup {
  readonly #spanMs: number
  readonly #most: number
  #young = new Map<string, GivenGrant>()
  #old = new Map<string, GivenGrant>()
  #begun: number | undefined

  /** @param most how many answers are remembered */
  constructor(spanMs: number, most: number) {
    this.#spanMs = spanMs
    this.#most = Math.max(1, Math.floor(most / 2))
  }

  /** The answer given to this id before, with what is left of its time. */
  find(id: string, now: number): QuotaGrant | undefined {
    this.#age(now)
    const given = this.#young.get(id) ?? this.#old.get(id)
    return given && { amount: given.amount, validMs: Math.max(0, given.until - now) }
  }

  remember(id: string, grant: QuotaGrant, now: number): void {
    if (this.#young.size >= this.#most) this.#next()
    this.#young.set(id, { amount: grant.amount, until: now + grant.validMs })
  }

  #age(now: number): void {
    this.#begun ??= now
    const spans = Math.floor((now - this.#begun) / this.#spanMs)
    if (!(spans >= 1 && spans < Infinity)) return
    this.#next()
    if (spans > 1) this.#next()
    this.#begun += spans * this.#spanMs
  }

  #next(): void {
    this.#old = this.#young
    this.#young = new Map()
  }
}
