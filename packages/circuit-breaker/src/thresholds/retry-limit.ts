import { maxUint32, realNumber, wholeNumber } from '../check-option.ts'
import { ResourceLimit } from './resource-limit.ts'

/** Retries as a share of what is in flight. Envoy: `retry_budget`. */
export interface RetryBudgetOptions {
  /** 0–100, of active and pending requests. Default: 20. Envoy: `budget_percent`. */
  readonly budgetPercent?: number
  /** Retries that are always allowed. Default: 3. Envoy: `min_retry_concurrency`. */
  readonly minRetryConcurrency?: number
}

/** Retries in flight: a fixed number, or a share of the requests that are active or pending at the time of asking. */
export class RetryLimit {
  readonly #tally: ResourceLimit
  readonly #requests: ResourceLimit
  readonly #pending: ResourceLimit
  readonly #share: number
  readonly #least: number
  /** Whether the limit follows the traffic. */
  readonly hasBudget: boolean

  constructor(
    maxRetries: number,
    budget: RetryBudgetOptions | undefined,
    requests: ResourceLimit,
    pending: ResourceLimit,
  ) {
    this.#tally = new ResourceLimit('maxRetries', maxRetries)
    this.#requests = requests
    this.#pending = pending
    this.hasBudget = budget !== undefined
    this.#share =
      realNumber('retryBudget.budgetPercent', budget?.budgetPercent ?? defaultPercent, 0, 100) / 100
    this.#least = wholeNumber(
      'retryBudget.minRetryConcurrency',
      budget?.minRetryConcurrency ?? defaultLeast,
      0,
      maxUint32,
    )
  }

  /** Retries that are admitted and not settled. */
  get active(): number {
    return this.#tally.active
  }

  /** How many there may be now. */
  get limit(): number {
    if (!this.hasBudget) return this.#tally.limit
    // Envoy rounds the share down.
    const share = Math.floor(this.#share * (this.#requests.active + this.#pending.active))
    return Math.max(share, this.#least)
  }

  /** How many more would be admitted. */
  get remaining(): number {
    return Math.max(0, this.limit - this.#tally.active)
  }

  /** Whether the next one would be refused. */
  get isOpen(): boolean {
    return this.#tally.active >= this.limit
  }

  /** Whether there are `maxRetries` at least: what Envoy's gauge says, with a budget too. */
  get isAtMaxRetries(): boolean {
    return this.#tally.isOpen
  }

  /** How many were refused, ever. */
  get overflows(): number {
    return this.#tally.overflows
  }

  /** Admits one more, or refuses and counts the refusal. */
  admit(): boolean {
    return this.#tally.admitBelow(this.limit)
  }

  /**
   * Gives one back.
   * @throws {BreakerSettleError} when none is admitted
   */
  settle(): void {
    this.#tally.settle()
  }
}

const defaultPercent = 20
const defaultLeast = 3
