import { wholeNumber } from '../check-option.ts'
import { BreakerSettleError } from '../errors.ts'

/** As many as there can be: what Envoy's 64 bits hold. */
export const noLimit: number = 2 ** 64

/** How many of something may be at one time: connections, requests, retries … Nothing is allocated after construction. */
export class ResourceLimit {
  readonly #name: string
  readonly #limit: number
  #active = 0
  #overflows = 0

  /** @throws {BreakerOptionError} when `limit` is no whole number from 0 to 2^32 − 1, nor `noLimit`; 0 admits nothing */
  constructor(name: string, limit: number) {
    this.#name = name
    this.#limit = limit === noLimit ? limit : wholeNumber(name, limit)
  }

  /** How many are admitted and not settled. */
  get active(): number {
    return this.#active
  }

  /** How many there may be now. */
  get limit(): number {
    return this.#limit
  }

  /** How many more would be admitted. */
  get remaining(): number {
    return Math.max(0, this.#limit - this.#active)
  }

  /** Whether the next one would be refused. */
  get isOpen(): boolean {
    return this.#active >= this.#limit
  }

  /** How many were refused, ever. */
  get overflows(): number {
    return this.#overflows
  }

  /** Admits one more, or refuses and counts the refusal. */
  admit(): boolean {
    return this.admitBelow(this.#limit)
  }

  /** {@link admit}, with another limit for this one time. */
  admitBelow(limit: number): boolean {
    if (this.#active >= limit) {
      this.#overflows++
      return false
    }
    this.#active++
    return true
  }

  /** Counts one that is made whatever the limit says: the first connection to a host that has none, as Envoy makes it. */
  take(): void {
    this.#active++
  }

  /**
   * Gives one back.
   * @throws {BreakerSettleError} when none is admitted
   */
  settle(): void {
    if (this.#active === 0) throw new BreakerSettleError(this.#name)
    this.#active--
  }
}
