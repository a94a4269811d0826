import { checkCount } from './check-option.ts'
import { RateLimitError } from './errors.ts'
import { KeyTable } from './key-table.ts'
import type { LimitRule } from './limit-rule.ts'

/** How many keys are remembered, and what happens then. */
export interface KeyedLimiterOptions {
  /** Default: 100 000, or as many as fit into two gibibytes of a rule that needs more than 2684 numbers for each. */
  readonly maxKeys?: number
  /**
   * What becomes of one key more. A key that has everything back is forgotten without loss; where the one used longest ago has
   * not, `'forget'` forgets it all the same, so that it begins anew when it comes again (too much may be let through, never too
   * little), and `'refuse'` refuses the new key (no limit is ever exceeded, and whoever brings many keys keeps others out).
   * Default: `'forget'`.
   */
  readonly atBound?: 'forget' | 'refuse'
}

/** One limit for each of many keys, in memory that is bounded. */
export interface KeyedLimiter {
  readonly rule: LimitRule
  /** Keys remembered. */
  readonly size: number
  /** How often a key was forgotten that had not everything back. */
  readonly forgotten: number
  /** How often a key was refused because there was no room for it. */
  readonly refused: number
  /** As that of a limiter; a key that is remembered costs no allocation. */
  take(key: string, now: number, cost?: number): boolean
  /** What a `take` of now could have. */
  remaining(key: string, now: number): number
  /** Whole milliseconds until a `take` succeeds; as if there were room for the key. */
  waitMs(key: string, now: number, cost?: number): number
}

const defaultMaxKeys = 100_000
const firstRoom = 16
/** Two gibibytes of state. */
const mostNumbers = 2 ** 28

/**
 * A limiter for each key that comes, in O(1) each; the least recently used is forgotten first. It needs about 100 bytes for each
 * key besides the key itself and the rule's numbers.
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 */
export function createKeyedLimiter(
  rule: LimitRule,
  options: KeyedLimiterOptions = {},
): KeyedLimiter {
  return new LimiterOfKeys(rule, options)
}

class LimiterOfKeys implements KeyedLimiter {
  readonly rule: LimitRule
  readonly #maxKeys: number
  readonly #refuses: boolean
  readonly #table: KeyTable
  /** The numbers of each slot, after those of a key that nobody knows. */
  #state: Float64Array
  #forgotten = 0
  #refused = 0

  constructor(rule: LimitRule, options: KeyedLimiterOptions) {
    const most = Math.floor(mostNumbers / rule.stateSize)
    const { maxKeys = Math.min(defaultMaxKeys, most), atBound = 'forget' } = options
    this.rule = rule
    this.#maxKeys = checkCount('maxKeys', maxKeys, 1, most)
    if (atBound !== 'forget' && atBound !== 'refuse') {
      throw new RateLimitError('ERR_RATE_LIMIT_OPTION', 'atBound', {
        expected: '"forget" or "refuse"',
        got: atBound,
      })
    }
    this.#refuses = atBound === 'refuse'
    const room = Math.min(firstRoom, this.#maxKeys)
    this.#table = new KeyTable(room)
    this.#state = new Float64Array((room + 1) * rule.stateSize)
  }

  get size(): number {
    return this.#table.size
  }

  get forgotten(): number {
    return this.#forgotten
  }

  get refused(): number {
    return this.#refused
  }

  take(key: string, now: number, cost = 1): boolean {
    const at = this.#place(key, now)
    return at !== undefined && this.rule.take(this.#state, at, now, cost)
  }

  remaining(key: string, now: number): number {
    return this.rule.remaining(this.#state, this.#look(key, now), now)
  }

  waitMs(key: string, now: number, cost = 1): number {
    return this.rule.waitMs(this.#state, this.#look(key, now), now, cost)
  }

  /** Where the numbers of a key are, which may be new; undefined: there is no room. */
  #place(key: string, now: number): number | undefined {
    const known = this.#table.use(key)
    if (known !== undefined) return this.#at(known)
    const slot = this.#newSlot(key, now)
    if (slot === undefined) return undefined
    this.rule.begin(this.#state, this.#at(slot), now)
    return this.#at(slot)
  }

  #newSlot(key: string, now: number): number | undefined {
    if (this.#table.size < this.#maxKeys) {
      const slot = this.#table.add(key)
      if (this.#at(slot + 1) > this.#state.length) this.#grow()
      return slot
    }
    const slot = this.#table.oldest
    if (this.rule.remaining(this.#state, this.#at(slot), now) < this.rule.limit) {
      if (this.#refuses) {
        this.#refused += 1
        return undefined
      }
      this.#forgotten += 1
    }
    this.#table.reuse(slot, key)
    return slot
  }

  /** Where the numbers of a key are; a new one has those of nobody. */
  #look(key: string, now: number): number {
    const known = this.#table.peek(key)
    if (known !== undefined) return this.#at(known)
    this.rule.begin(this.#state, 0, now)
    return 0
  }

  #at(slot: number): number {
    return (slot + 1) * this.rule.stateSize
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#state.length)
    grown.set(this.#state)
    this.#state = grown
  }
}
