import { checkCount } from '../check-option.ts'
import { RateLimitError } from '../errors.ts'
import { createKeyedLimiter } from '../keyed-limiter.ts'
import type { LimitRule } from '../limit-rule.ts'
import { type TokenBucketOptions, tokenBucket } from '../token-bucket.ts'
import { type DescriptorEntry, descriptorKey, type RequestDescriptor } from './descriptor.ts'

/** Token buckets of a whole listener or route, and of the requests that descriptors tell apart. */
export interface LocalRateLimitOptions {
  /** For what no descriptor fits. Default: none, and such requests pass. Envoy: `token_bucket`. */
  readonly tokenBucket?: TokenBucketOptions
  readonly descriptors?: readonly LocalDescriptor[]
  /** Requests that a descriptor fits take of the default bucket too. Default: true. */
  readonly alwaysConsumeDefaultTokenBucket?: boolean
  /** How many buckets each descriptor with a wildcard may have at a time; the least recently used goes. Default: 20. */
  readonly maxDynamicDescriptors?: number
}

/** A bucket for the requests with a descriptor of these entries. */
export interface LocalDescriptor {
  /** In order. An entry without a value, or with an empty one, fits any value, each of which has a bucket of its own. */
  readonly entries: readonly { readonly key: string; readonly value?: string }[]
  readonly tokenBucket: TokenBucketOptions
  /** It takes and is told of, and refuses nothing. Default: false. */
  readonly shadowMode?: boolean
}

/** What became of a request. */
export interface LocalRateLimitAnswer {
  readonly allowed: boolean
  /** A descriptor in shadow mode would have refused it. */
  readonly shadowed: boolean
  /** The bucket that refused it, also in shadow mode, or the slowest that it took of; undefined: none was asked, or the default one that holds nothing. */
  readonly bucket: LocalBucketState | undefined
}

/** A bucket after a request, as the `x-ratelimit-…` headers tell it. */
export interface LocalBucketState {
  /** The place in `descriptors`; undefined: the default bucket. */
  readonly descriptor: number | undefined
  readonly maxTokens: number
  /** Whole ones. */
  readonly remaining: number
  /** Until there is a token; 0 if there is one. */
  readonly waitMs: number
}

/** See {@link createLocalRateLimit}. */
export interface LocalRateLimit {
  /**
   * Decides about one request.
   *
   * @param share the part of every limit that is this instance's, above 0 and at most 1. Default: 1.
   * @throws {RateLimitError} `ERR_RATE_LIMIT_COST` if a descriptor counts for less than nothing
   */
  take(descriptors: readonly RequestDescriptor[], now: number, share?: number): LocalRateLimitAnswer
}

interface Bucket {
  readonly descriptor: number | undefined
  readonly shadowMode: boolean
  readonly tokensPerMs: number
  take(key: string, now: number, cost: number): boolean
  state(key: string, now: number): LocalBucketState
}

interface Wildcard {
  readonly entries: readonly { readonly key: string; readonly value: string }[]
  readonly bucket: Bucket
}

interface Match {
  readonly bucket: Bucket
  readonly key: string
  readonly hits: number
}

const defaultMaxDynamic = 20
/** As Envoy refuses less. */
const leastIntervalMs = 50

/**
 * The decisions of Envoy's local rate limit filter: every descriptor of the request that fits one here takes of its bucket, the
 * slowest first, until one refuses; then, or if none fits, the default bucket decides.
 *
 * What buckets gave before another refused is gone, as in Envoy.
 *
 * @param now milliseconds of the clock whose readings the calls will bring
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/local_rate_limit_filter
 */
export function createLocalRateLimit(options: LocalRateLimitOptions, now: number): LocalRateLimit {
  return new LocalBuckets(options, now)
}

class LocalBuckets implements LocalRateLimit {
  readonly #default: Bucket | undefined
  readonly #alwaysDefault: boolean
  readonly #exact = new Map<string, Bucket>()
  readonly #wildcards: Wildcard[] = []

  constructor(options: LocalRateLimitOptions, now: number) {
    const { tokenBucket: own, descriptors = [] } = options
    const maxKeys = checkCount(
      'maxDynamicDescriptors',
      options.maxDynamicDescriptors ?? defaultMaxDynamic,
    )
    this.#alwaysDefault = options.alwaysConsumeDefaultTokenBucket ?? true
    this.#default =
      own &&
      bucketOf(
        { tokenBucket: own, name: 'tokenBucket', maxKeys: undefined, descriptor: undefined },
        now,
      )
    const seen = new Set<string>()
    for (const [i, descriptor] of descriptors.entries()) {
      const name = `descriptors[${i}]`
      const entries = descriptor.entries.map(({ key, value = '' }) => ({ key, value }))
      const key = descriptorKey(entries)
      if (seen.has(key)) {
        throw new RateLimitError('ERR_RATE_LIMIT_OPTION', `${name}.entries`, {
          expected: 'entries that no descriptor before it has',
          got: JSON.stringify(entries),
        })
      }
      seen.add(key)
      const isWildcard = entries.some(({ value }) => value === '')
      const bucket = bucketOf(
        {
          ...descriptor,
          name: `${name}.tokenBucket`,
          maxKeys: isWildcard ? maxKeys : undefined,
          descriptor: i,
        },
        now,
      )
      if (isWildcard) this.#wildcards.push({ entries, bucket })
      else this.#exact.set(key, bucket)
    }
  }

  take(descriptors: readonly RequestDescriptor[], now: number, share = 1): LocalRateLimitAnswer {
    if (!(share > 0 && share <= 1)) {
      throw new RateLimitError('ERR_RATE_LIMIT_OPTION', 'share', {
        expected: 'a number above 0 and at most 1',
        got: share,
      })
    }
    const matches = this.#matchesOf(descriptors, now)
    let shadow: Match | undefined
    for (const match of matches) {
      const { bucket, key, hits } = match
      // As Envoy, which takes getting nothing for being refused.
      if (bucket.take(key, now, hits / share) && hits > 0) continue
      if (!bucket.shadowMode) {
        return { allowed: false, shadowed: shadow !== undefined, bucket: bucket.state(key, now) }
      }
      shadow ??= match
    }
    const shadowed = shadow !== undefined
    const toTell = shadow ?? matches[0]
    const told = toTell?.bucket.state(toTell.key, now)
    if (this.#default === undefined || (told !== undefined && !this.#alwaysDefault)) {
      return { allowed: true, shadowed, bucket: told }
    }
    const allowed = this.#default.take('', now, 1 / share)
    const own = this.#default.state('', now)
    if (allowed) return { allowed, shadowed, bucket: told ?? own }
    // Envoy makes no default bucket that could hold nothing, and has none to tell of.
    return { allowed, shadowed, bucket: own.maxTokens > 0 ? own : undefined }
  }

  #matchesOf(descriptors: readonly RequestDescriptor[], now: number): Match[] {
    const matches: Match[] = []
    for (const { entries, hitsAddend: hits = 1 } of descriptors) {
      const key = descriptorKey(entries)
      const exact = this.#exact.get(key)
      const bucket = exact ?? this.#wildcards.find((it) => fits(it.entries, entries))?.bucket
      if (bucket === undefined) continue
      // As in Envoy: a bucket counts as used though another refuses before it is asked.
      if (exact === undefined) bucket.take(key, now, 0)
      matches.push({ bucket, key, hits })
    }
    if (matches.length > 1) matches.sort((a, b) => a.bucket.tokensPerMs - b.bucket.tokensPerMs)
    return matches
  }
}

function fits(pattern: readonly DescriptorEntry[], entries: readonly DescriptorEntry[]): boolean {
  return (
    pattern.length === entries.length &&
    pattern.every(({ key, value }, i) => {
      const entry = entries[i]
      return entry?.key === key && (value === '' || entry.value === value)
    })
  )
}

function bucketOf(
  it: Omit<LocalDescriptor, 'entries'> & {
    readonly name: string
    /** Undefined: one bucket for all. */
    readonly maxKeys: number | undefined
    readonly descriptor: number | undefined
  },
  now: number,
): Bucket {
  const { tokenBucket: options, shadowMode = false, maxKeys, descriptor } = it
  const { maxTokens, tokensPerFill = 1, fillIntervalMs } = options
  if (maxTokens !== 0 && !(fillIntervalMs >= leastIntervalMs)) {
    throw new RateLimitError('ERR_RATE_LIMIT_OPTION', `${it.name}.fillIntervalMs`, {
      expected: `at least ${leastIntervalMs}`,
      got: fillIntervalMs,
    })
  }
  const rule: LimitRule = tokenBucket(options)
  const limiter = createKeyedLimiter(rule, { maxKeys: maxKeys ?? 1 })
  const keyOf = (key: string): string => (maxKeys === undefined ? '' : key)
  // A bucket that is not made on demand fills from the beginning.
  if (maxKeys === undefined) limiter.take('', now, 0)
  return {
    descriptor,
    shadowMode,
    tokensPerMs: tokensPerFill / fillIntervalMs,
    take: (key, at, cost) => limiter.take(keyOf(key), at, cost),
    state: (key, at) => ({
      descriptor,
      maxTokens,
      remaining: limiter.remaining(keyOf(key), at),
      waitMs: limiter.waitMs(keyOf(key), at),
    }),
  }
}
