import { createKeyedLimiter, type KeyedLimiter, type KeyedLimiterOptions } from './keyed-limiter.ts'
import type { LimitRule } from './limit-rule.ts'

/** What a store is asked. */
export interface LimitRequest {
  readonly rule: LimitRule
  readonly key: string
  /** Milliseconds on the clock of the store's clients. A store on a server may take its own instead. */
  readonly now: number
  /** Default: 1. */
  readonly cost?: number
}

/** What a store says, and what a client may be told. */
export interface LimitAnswer {
  readonly allowed: boolean
  readonly limit: number
  /** What is left after this. */
  readonly remaining: number
  /** Until the same would be let through; 0 if it was, Infinity if it never will be. */
  readonly waitMs: number
  /** Until everything is there again. */
  readonly resetMs: number
}

/** Where what has been taken is kept: in this process, or for several of them on a server. */
export interface LimitStore {
  /** Decides and takes in one step. Rejects if the store cannot be asked: whether that lets through is the caller's choice. */
  take(request: LimitRequest): LimitAnswer | PromiseLike<LimitAnswer>
}

/** The store of one process, which answers at once. */
export interface MemoryStore extends LimitStore {
  take(request: LimitRequest): LimitAnswer
}

/**
 * A store in memory: keys are counted apart for each rule (by identity), and bounded for each as in a keyed limiter. A rule that
 * nobody refers to any more is forgotten with its keys.
 */
export function createMemoryStore(options: KeyedLimiterOptions = {}): MemoryStore {
  const limiters = new WeakMap<LimitRule, KeyedLimiter>()
  return {
    take({ rule, key, now, cost = 1 }) {
      let limiter = limiters.get(rule)
      if (limiter === undefined) {
        limiter = createKeyedLimiter(rule, options)
        limiters.set(rule, limiter)
      }
      const allowed = limiter.take(key, now, cost)
      return {
        allowed,
        limit: rule.limit,
        remaining: limiter.remaining(key, now),
        waitMs: allowed ? 0 : limiter.waitMs(key, now, cost),
        resetMs: limiter.waitMs(key, now, rule.limit),
      }
    },
  }
}
