import { checkCount } from './check-option.ts'
import { RateLimitError } from './errors.ts'

/** How many at the same time. */
export interface ConcurrencyOptions {
  /** From 0 to 2³² − 1; 0 refuses everything. */
  readonly limit: number
}

/** Places that are taken and given back. */
export interface Concurrency {
  readonly limit: number
  /** Places taken. */
  readonly inUse: number
  /** Takes a place; false: there is none. */
  take(): boolean
  /**
   * Gives a place back.
   *
   * @throws {RateLimitError} `ERR_RATE_LIMIT_NOT_HELD` if none is taken
   */
  release(): void
}

/**
 * A limit on what goes on at one time, and not on how often it begins.
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 */
export function createConcurrency(options: ConcurrencyOptions): Concurrency {
  const limit = checkCount('limit', options.limit, 0)
  let inUse = 0
  return {
    limit,
    get inUse() {
      return inUse
    },
    take() {
      if (inUse >= limit) return false
      inUse += 1
      return true
    },
    release() {
      if (inUse === 0) throw notHeld('a place')
      inUse -= 1
    },
  }
}

/** How many at the same time, for each key. */
export interface KeyedConcurrencyOptions extends ConcurrencyOptions {
  /** Keys that hold places; while there are as many, others are refused. Default: 100 000. */
  readonly maxKeys?: number
}

/** Places for each of many keys; keys that hold none are not remembered. */
export interface KeyedConcurrency {
  readonly limit: number
  /** Keys that hold places. */
  readonly size: number
  inUse(key: string): number
  take(key: string): boolean
  /**
   * Gives a place of this key back.
   *
   * @throws {RateLimitError} `ERR_RATE_LIMIT_NOT_HELD` if it has none
   */
  release(key: string): void
}

const defaultMaxKeys = 100_000

/**
 * A limit on what goes on at one time for each key.
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 */
export function createKeyedConcurrency(options: KeyedConcurrencyOptions): KeyedConcurrency {
  const limit = checkCount('limit', options.limit, 0)
  const maxKeys = checkCount('maxKeys', options.maxKeys ?? defaultMaxKeys)
  const held = new Map<string, number>()
  return {
    limit,
    get size() {
      return held.size
    },
    inUse: (key) => held.get(key) ?? 0,
    take(key) {
      const count = held.get(key) ?? 0
      if (count >= limit || (count === 0 && held.size >= maxKeys)) return false
      held.set(key, count + 1)
      return true
    },
    release(key) {
      const count = held.get(key)
      if (count === undefined) throw notHeld(`a place of ${JSON.stringify(key)}`)
      if (count === 1) held.delete(key)
      else held.set(key, count - 1)
    },
  }
}

function notHeld(what: string): RateLimitError {
  return new RateLimitError('ERR_RATE_LIMIT_NOT_HELD', what, {
    expected: 'one that was taken',
    got: 'none',
  })
}
