import { checkCount, checkMs, checkPercent } from '../check-option.ts'
import type { RetryPlaces } from './retry.ts'

/** How many retries may go on at one time. */
export interface RetryBudgetOptions {
  /** Of the requests that go on, or of those of the interval. Default: 20. Envoy: `retry_budget.budget_percent`. */
  readonly budgetPercent?: number
  /** So many in any case. Default: 3. Envoy: `retry_budget.min_retry_concurrency`. */
  readonly minRetryConcurrency?: number
  /** 0: requests that go on are counted; else those that began within it. Default: 0. Envoy: `retry_budget.budget_interval`. */
  readonly budgetIntervalMs?: number
}

/** The retries in flight against the requests in flight. */
export interface RetryBudget extends RetryPlaces {
  /** Retries in flight. */
  readonly retries: number
  /** Tells of a request or a retry that begins. */
  begin(): void
  /** Tells of one that has ended. */
  end(): void
  /** How many retries may go on now. */
  limit(): number
}

const defaultPercent = 20
const defaultConcurrency = 3
/** As Envoy, which forgets requests in tenths of the interval. */
const parts = 10

/**
 * Envoy's retry budget: retries in flight are a share of the requests in flight, and a few in any case, so that retries cannot
 * multiply the load of a service that fails.
 *
 * With an interval requests are counted by tenths of it: each is remembered for one interval and at most a tenth more.
 *
 * @param now the clock, for the interval
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function retryBudget(options: RetryBudgetOptions, now: () => number): RetryBudget {
  const share = checkPercent('budgetPercent', options.budgetPercent ?? defaultPercent) / 100
  const least = checkCount('minRetryConcurrency', options.minRetryConcurrency ?? defaultConcurrency)
  const intervalMs = checkMs('budgetIntervalMs', options.budgetIntervalMs ?? 0)
  const begun = intervalMs === 0 ? undefined : new RecentCount(intervalMs, now)
  let active = 0
  let retries = 0
  const limit = (): number =>
    Math.floor(Math.max(share * (begun === undefined ? active : begun.total()), least))
  return {
    get retries() {
      return retries
    },
    begin() {
      active += 1
      begun?.add()
    },
    end() {
      active = Math.max(0, active - 1)
    },
    limit,
    admitRetry() {
      if (retries >= limit()) return false
      retries += 1
      return true
    },
    releaseRetry() {
      retries = Math.max(0, retries - 1)
    },
  }
}

/** How often something happened of late. */
class RecentCount {
  readonly #partMs: number
  readonly #now: () => number
  /** By part, in a ring; the present part and the ten before it. */
  readonly #counts: number[] = Array.from({ length: parts + 1 }, () => 0)
  #part: number | undefined
  #total = 0

  constructor(intervalMs: number, now: () => number) {
    this.#partMs = intervalMs / parts
    this.#now = now
  }

  add(): void {
    const at = this.#roll() % this.#counts.length
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total += 1
  }

  total(): number {
    this.#roll()
    return this.#total
  }

  /** The number of the present part; a clock that goes back or breaks stands still. */
  #roll(): number {
    const read = Math.floor(this.#now() / this.#partMs)
    const last = this.#part ?? (Number.isSafeInteger(read) ? Math.max(0, read) : 0)
    const part = Number.isSafeInteger(read) ? Math.max(last, read) : last
    for (let i = Math.min(part - last, this.#counts.length); i > 0; i--) {
      const at = (part - i + 1) % this.#counts.length
      this.#total -= this.#counts[at] ?? 0
      this.#counts[at] = 0
    }
    this.#part = part
    return part
  }
}
