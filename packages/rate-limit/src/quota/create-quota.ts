import { checkCount, checkSpan } from '../check-option.ts'
import { RateLimitError } from '../errors.ts'
import { descriptorKey } from '../local/descriptor.ts'
import { Dedup } from './dedup.ts'
import { type QuotaCell, quotaCell } from './quota-cell.ts'
import type {
  QuotaAmount,
  QuotaGrant,
  QuotaLimit,
  QuotaOptions,
  QuotaRequest,
} from './quota-options.ts'

/** See {@link createQuota}. */
export interface Quota {
  /** Combinations of dimensions that are counted. */
  readonly cells: number
  /**
   * Allocates or releases.
   *
   * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION` if there is no such quota; `ERR_RATE_LIMIT_COST` if the amount is not whole
   */
  request(request: QuotaRequest, now: number): QuotaGrant
}

const defaultDedupMs = 1000
const defaultMost = 100_000
const nothing: QuotaGrant = { amount: 0, validMs: 0 }

/**
 * Quotas as Mixer's: amounts are allocated for a while or until released, answers are remembered by an id so that a repeated
 * request is not counted twice, and a request may be content with less than it asked for.
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 */
export function createQuota(options: QuotaOptions): Quota {
  return new Quotas(options)
}

class Quotas implements Quota {
  readonly #limits = new Map<string, QuotaLimit>()
  readonly #dedup: Dedup
  readonly #maxCells: number
  /** The first is the least recently used. */
  readonly #cells = new Map<string, QuotaCell>()
  #now: number | undefined

  constructor(options: QuotaOptions) {
    const { minDeduplicationMs = defaultDedupMs, maxDedupIds = defaultMost } = options
    this.#dedup = new Dedup(
      checkSpan('minDeduplicationMs', minDeduplicationMs),
      checkCount('maxDedupIds', maxDedupIds),
    )
    this.#maxCells = checkCount('maxCells', options.maxCells ?? defaultMost)
    for (const [i, limit] of options.quotas.entries()) {
      const name = `quotas[${i}]`
      for (const [j, it] of [limit, ...(limit.overrides ?? [])].entries()) {
        checkAmount(j === 0 ? name : `${name}.overrides[${j - 1}]`, it)
      }
      if (this.#limits.has(limit.name)) {
        throw badOption(`${name}.name`, 'a name that no quota before it has', limit.name)
      }
      this.#limits.set(limit.name, limit)
    }
  }

  get cells(): number {
    return this.#cells.size
  }

  request(request: QuotaRequest, now: number): QuotaGrant {
    const { name, amount, dedupId } = request
    const limit = this.#limits.get(name)
    if (limit === undefined) throw badOption('name', 'the name of a quota', name)
    if (!Number.isSafeInteger(amount)) {
      const sides = { expected: 'a whole number', got: amount }
      throw new RateLimitError('ERR_RATE_LIMIT_COST', 'amount', sides)
    }
    if (amount === 0) return nothing
    const at = this.#timeOf(now)
    if (dedupId === undefined) return this.#change(request, limit, at)
    const id = descriptorKey([{ key: name, value: dedupId }])
    const before = this.#dedup.find(id, at)
    if (before !== undefined) return before
    const grant = this.#change(request, limit, at)
    this.#dedup.remember(id, grant, at)
    return grant
  }

  /** A clock that goes back, or breaks, stands still. */
  #timeOf(now: number): number {
    const isTime = now > Number.NEGATIVE_INFINITY && now < Infinity
    const last = this.#now ?? (isTime ? now : 0)
    this.#now = isTime ? Math.max(last, now) : last
    return this.#now
  }

  #change(request: QuotaRequest, limit: QuotaLimit, now: number): QuotaGrant {
    const cell = this.#cellOf(request, limit)
    const { amount, bestEffort = false } = request
    if (amount < 0) return { amount: cell.release(-amount, now), validMs: 0 }
    const available = cell.available(now)
    if (amount > available && (!bestEffort || available <= 0)) return nothing
    const granted = Math.min(amount, available)
    return { amount: granted, validMs: cell.allocate(granted, now) }
  }

  #cellOf({ name, dimensions = {} }: QuotaRequest, limit: QuotaLimit): QuotaCell {
    const entries = Object.entries(dimensions)
      .map(([key, value]) => ({ key, value }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const key = descriptorKey([{ key: name, value: '' }, ...entries])
    const cell = this.#cells.get(key) ?? quotaCell(amountFor(limit, dimensions))
    this.#cells.delete(key)
    this.#cells.set(key, cell)
    if (this.#cells.size > this.#maxCells) {
      const [oldest = ''] = this.#cells.keys()
      this.#cells.delete(oldest)
    }
    return cell
  }
}

function amountFor(limit: QuotaLimit, dimensions: Readonly<Record<string, string>>): QuotaAmount {
  const override = limit.overrides?.find((it) =>
    Object.entries(it.dimensions).every(([key, value]) => dimensions[key] === value),
  )
  return override ?? limit
}

function checkAmount(name: string, { maxAmount, validDurationMs = 0, window }: QuotaAmount): void {
  checkCount(`${name}.maxAmount`, maxAmount, 0)
  if (validDurationMs !== 0) checkSpan(`${name}.validDurationMs`, validDurationMs)
  if (window !== undefined && window !== 'rolling' && window !== 'fixed') {
    throw badOption(`${name}.window`, '"rolling" or "fixed"', window)
  }
}

function badOption(what: string, expected: string, got: unknown): RateLimitError {
  return new RateLimitError('ERR_RATE_LIMIT_OPTION', what, { expected, got })
}
