import {
  createLocalRateLimit,
  type LocalRateLimit,
  type LocalRateLimitOptions,
} from '@meshwright/rate-limit'
import {
  compileRoutes,
  type HeaderMutations,
  type Match,
  type RateLimitPolicy,
  type RouteConfigurationJson,
  rateLimitDescriptors,
  request,
} from '@meshwright/route-matcher'
import type { LocalRateLimitJson } from '@meshwright/xds-types/envoy/extensions/filters/http/local_ratelimit/v3'
import { StatusCode } from '@meshwright/xds-types/envoy/type/v3'
import type { MatchRequest } from '../http/match-request.ts'
import { durationMs } from '../network/duration.ts'
import { denominatorOf, type FractionalPercentJson } from './percentage.ts'

/** One configuration of the local rate limit filter, of the chain or of a route. */
export interface LocalLimitConfig {
  readonly statPrefix: string
  /** Of the answer to who is limited. */
  readonly status: number
  /** Undefined: as `status` translates. */
  readonly grpcStatus: number | undefined
  /** Tells clients of their limit, unless a descriptor says otherwise. */
  readonly tellsLimits: boolean
  readonly tellsRetryAfter: boolean
  readonly perConnection: boolean
  /** Buckets that are full. */
  createLimit(now: number): LocalRateLimit
  isEnabled(random: () => number): boolean
  isEnforced(random: () => number): boolean
  /** What the limits know a request by. */
  descriptors(
    request: MatchRequest,
    match: Match | undefined,
  ): ReturnType<typeof rateLimitDescriptors>
  /** For requests that pass though they are over the limit. */
  readonly requestHeaders: readonly HeaderMutations[]
  /** For answers to those that do not. */
  readonly responseHeaders: readonly HeaderMutations[]
}

const tooManyRequests = 429
/** Smaller ones are no errors, and not used. */
const leastStatus = 400
const resourceExhausted = 8

/**
 * Reads it.
 *
 * @throws {Error} if something of it makes no sense
 */
export function compileLocalLimit(json: LocalRateLimitJson): LocalLimitConfig {
  const { status, stage = 0 } = json
  const code = statusCode(status?.code)
  const options = limitOptions(json)
  // Whatever is wrong with the buckets is to be known now.
  createLocalRateLimit(options, 0)
  const { policies, requestHeaders, responseHeaders } = compileParts(json)
  const hasDescriptors = (json.descriptors ?? []).length > 0
  return {
    statPrefix: json.statPrefix ?? '',
    status: code >= leastStatus ? code : tooManyRequests,
    grpcStatus: json.rateLimitedAsResourceExhausted === true ? resourceExhausted : undefined,
    tellsLimits: json.enableXRatelimitHeaders === 'DRAFT_VERSION_03',
    tellsRetryAfter: json.enableRetryAfterHeader === true,
    perConnection: json.localRateLimitPerDownstreamConnection === true,
    createLimit: (now) => createLocalRateLimit(options, now),
    isEnabled: fraction(json.filterEnabled?.defaultValue),
    isEnforced: fraction(json.filterEnforced?.defaultValue),
    descriptors(from, match) {
      if (!hasDescriptors || match === undefined) return none
      const ofRoute = match.action.kind === 'cluster' ? match.action.rateLimits : []
      // As in Envoy: what could be switched off at run time is.
      const isDisabled = (): boolean => true
      const wanted = policies.length > 0 ? policies : ofRoute
      return rateLimitDescriptors(wanted, from, { match, stage, isDisabled })
    },
    requestHeaders,
    responseHeaders,
  }
}

const none: ReturnType<typeof rateLimitDescriptors> = []

type StatusJson = NonNullable<LocalRateLimitJson['status']>['code']

function statusCode(code: StatusJson): number {
  return typeof code === 'string' ? StatusCode[code] : (code ?? 0)
}

function limitOptions(json: LocalRateLimitJson): LocalRateLimitOptions {
  const {
    tokenBucket,
    descriptors = [],
    alwaysConsumeDefaultTokenBucket,
    maxDynamicDescriptors,
  } = json
  return {
    ...(tokenBucket !== undefined && { tokenBucket: bucketOf(tokenBucket) }),
    descriptors: descriptors.map((it) => ({
      entries: (it.entries ?? []).map(({ key = '', value = '' }) => ({ key, value })),
      tokenBucket: bucketOf(it.tokenBucket ?? {}),
      shadowMode: (it as { readonly shadowMode?: boolean }).shadowMode === true,
    })),
    ...(alwaysConsumeDefaultTokenBucket !== undefined && { alwaysConsumeDefaultTokenBucket }),
    ...(maxDynamicDescriptors !== undefined && { maxDynamicDescriptors }),
  }
}

type BucketJson = NonNullable<LocalRateLimitJson['tokenBucket']>

function bucketOf({
  maxTokens = 0,
  tokensPerFill = 1,
  fillInterval,
}: BucketJson): NonNullable<LocalRateLimitOptions['tokenBucket']> {
  return { maxTokens, tokensPerFill, fillIntervalMs: durationMs(fillInterval, 0) }
}

/** Nothing said: never. */
function fraction(percent: FractionalPercentJson | undefined): (random: () => number) => boolean {
  const { numerator = 0 } = percent ?? {}
  const denominator = denominatorOf(percent)
  if (percent === undefined || numerator === 0) return () => false
  return numerator >= denominator
    ? () => true
    : (random) => Math.floor(random() * denominator) < numerator
}

/** What the route matcher compiles for routes, it compiles for this filter, in a route of its own. */
function compileParts(json: LocalRateLimitJson): {
  readonly policies: readonly RateLimitPolicy[]
  readonly requestHeaders: readonly HeaderMutations[]
  readonly responseHeaders: readonly HeaderMutations[]
} {
  const routes: RouteConfigurationJson = {
    virtualHosts: [
      {
        name: 'limit',
        domains: ['*'],
        routes: [
          {
            match: { prefix: '/' },
            route: { cluster: 'any', rateLimits: json.rateLimits ?? [] },
            requestHeadersToAdd: json.requestHeadersToAddWhenNotEnforced ?? [],
            responseHeadersToAdd: json.responseHeadersToAdd ?? [],
          },
        ],
      },
    ],
  } as RouteConfigurationJson
  const match = compileRoutes(routes).match(request({ authority: 'any', path: '/', method: 'GET' }))
  if (match?.action.kind !== 'cluster') throw new Error('the route of the limits has gone')
  const { rateLimits, requestHeaders } = match.action
  return { policies: rateLimits, requestHeaders, responseHeaders: match.responseHeaders }
}
