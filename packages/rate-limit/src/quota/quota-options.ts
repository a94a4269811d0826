/** The quotas of a server, as Mixer's `memquota` and `redisquota` adapters. */
export interface QuotaOptions {
  readonly quotas: readonly QuotaLimit[]
  /** How long at least an answer is remembered by its `dedupId`; at most twice as long. Default: 1000. */
  readonly minDeduplicationMs?: number
  /** How many answers are remembered; more than that makes the oldest be forgotten earlier. Default: 100 000. */
  readonly maxDedupIds?: number
  /** How many dimensions of all quotas are counted apart; the least recently used is forgotten. Default: 100 000. */
  readonly maxCells?: number
}

/** A quota, and who has another. */
export interface QuotaLimit extends QuotaAmount {
  readonly name: string
  /** The first counts whose dimensions the request all has. */
  readonly overrides?: readonly (QuotaAmount & {
    readonly dimensions: Readonly<Record<string, string>>
  })[]
}

/** How much, for how long. */
export interface QuotaAmount {
  /** From 0 to 2³² − 1. */
  readonly maxAmount: number
  /** How long what was allocated is counted. 0: until it is released. Default: 0. */
  readonly validDurationMs?: number
  /**
   * In any span of the duration, in steps of a tenth of a second (memquota); or from the first allocation on until the duration is
   * over, then anew (`redisquota` with `FIXED_WINDOW`). Default: `'rolling'`.
   */
  readonly window?: 'rolling' | 'fixed'
}

/** Allocates, or releases. */
export interface QuotaRequest {
  readonly name: string
  /** Each combination is counted apart. Default: none. */
  readonly dimensions?: Readonly<Record<string, string>>
  /** Above 0 allocates, below 0 releases. */
  readonly amount: number
  /** A second request of this quota with the same id gets the answer of the first and changes nothing. Default: none. */
  readonly dedupId?: string
  /** Be content with less than the amount. Default: false. */
  readonly bestEffort?: boolean
}

/** What was granted. */
export interface QuotaGrant {
  /** What was allocated or released; 0 if nothing. */
  readonly amount: number
  /** For how long; 0 if nothing was allocated, or for ever. */
  readonly validMs: number
}
