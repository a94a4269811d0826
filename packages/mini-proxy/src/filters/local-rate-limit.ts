import {
  type LocalRateLimit,
  type LocalRateLimitAnswer,
  rateLimitHeaders,
} from '@meshwright/rate-limit'
import type { LocalRateLimitJson } from '@meshwright/xds-types/envoy/extensions/filters/http/local_ratelimit/v3'
import { HeaderList } from '../http/header-list.ts'
import { MatchRequest } from '../http/match-request.ts'
import type { ConnectionFacts, RequestHead, ResponseHead } from '../http/stream.ts'
import { HeaderFormatter } from '../router/header-formatter.ts'
import type { Counter, StatsScope } from '../stats/stats.ts'
import type {
  FilterConfigJson,
  FilterContext,
  FilterDecision,
  FilterStream,
  HttpFilter,
  HttpFilterType,
  LocalReply,
} from './http-filter.ts'
import { compileLocalLimit, type LocalLimitConfig } from './local-rate-limit-config.ts'

/** `envoy.filters.http.local_ratelimit`: token buckets of this proxy alone, for all requests or by descriptors. */
export const localRateLimitFilter: HttpFilterType = {
  configTypes: ['envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'],
  routeConfigTypes: ['envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'],
  check: checkLimit,
  checkRoute: (config) =>
    config['tokenBucket'] === undefined
      ? ['token_bucket must be set where a route is limited']
      : checkLimit(config),
  create(config, context) {
    const formatter = new HeaderFormatter()
    // One for each connection, whichever route made it, as in Envoy.
    const ofConnections = new WeakMap<ConnectionFacts, LocalRateLimit>()
    const compile = (json: FilterConfigJson): Limit =>
      new Limit(readConfig(json), { ...context, formatter, ofConnections })
    const own = compile(config)
    const byRoute = new WeakMap<FilterConfigJson, Limit>()
    return (stream) => {
      const route = stream.routeConfig()
      const limit = route === undefined ? own : (byRoute.get(route) ?? compile(route))
      if (route !== undefined) byRoute.set(route, limit)
      return limit.config.isEnabled(context.random) ? new LimitFilter(limit, stream) : undefined
    }
  },
}

/** What all limits of one filter share. */
interface LimitParts extends FilterContext {
  readonly formatter: HeaderFormatter
  readonly ofConnections: WeakMap<ConnectionFacts, LocalRateLimit>
}

function readConfig(json: FilterConfigJson): LocalLimitConfig {
  // The shape was validated with its message type.
  return compileLocalLimit(json as LocalRateLimitJson)
}

function checkLimit(json: FilterConfigJson): string[] {
  const {
    localClusterRateLimit,
    vhRateLimits = 'OVERRIDE',
    rateLimits = [],
  } = json as LocalRateLimitJson
  const reasons: string[] = []
  if (localClusterRateLimit !== undefined) {
    reasons.push('local_cluster_rate_limit is not supported')
  }
  if (vhRateLimits !== 'OVERRIDE') reasons.push(`vh_rate_limits ${vhRateLimits} is not supported`)
  if (rateLimits.some((it) => (it.xRatelimitOption ?? 'UNSPECIFIED') !== 'UNSPECIFIED')) {
    reasons.push('rate_limits.x_ratelimit_option is not supported')
  }
  try {
    readConfig(json)
  } catch (error) {
    reasons.push(error instanceof Error ? error.message : String(error))
  }
  return reasons
}

interface LimitStats {
  readonly enabled: Counter
  readonly enforced: Counter
  readonly ok: Counter
  readonly rateLimited: Counter
  readonly shadowed: Counter
}

function limitStats(scope: StatsScope): LimitStats {
  return {
    enabled: scope.counter('enabled'),
    enforced: scope.counter('enforced'),
    ok: scope.counter('ok'),
    rateLimited: scope.counter('rate_limited'),
    shadowed: scope.counter('shadow_mode'),
  }
}

/** Buckets in use, of the chain or of a route. */
class Limit {
  readonly config: LocalLimitConfig
  readonly parts: LimitParts
  readonly stats: LimitStats
  readonly #shared: LocalRateLimit

  constructor(config: LocalLimitConfig, parts: LimitParts) {
    this.config = config
    this.parts = parts
    this.stats = limitStats(parts.rootStats.scope(`${config.statPrefix}.http_local_rate_limit`))
    this.#shared = config.createLimit(parts.clock.now())
  }

  take(head: RequestHead, stream: FilterStream): LocalRateLimitAnswer {
    const { connection, info } = stream
    const from = new MatchRequest(head, connection, info.remoteAddress)
    const descriptors = this.config.descriptors(from, stream.match())
    return this.#of(connection).take(descriptors, this.parts.clock.now())
  }

  #of(connection: ConnectionFacts): LocalRateLimit {
    if (!this.config.perConnection) return this.#shared
    const { ofConnections, clock } = this.parts
    const known = ofConnections.get(connection) ?? this.config.createLimit(clock.now())
    ofConnections.set(connection, known)
    return known
  }
}

class LimitFilter implements HttpFilter {
  readonly #limit: Limit
  readonly #stream: FilterStream
  #bucket: LocalRateLimitAnswer['bucket']

  constructor(limit: Limit, stream: FilterStream) {
    this.#limit = limit
    this.#stream = stream
  }

  onRequest(head: RequestHead): FilterDecision {
    const { config, stats, parts } = this.#limit
    stats.enabled.inc()
    const { allowed, shadowed, bucket } = this.#limit.take(head, this.#stream)
    this.#bucket = bucket
    if (allowed && !shadowed) {
      stats.ok.inc()
      return 'continue'
    }
    stats.rateLimited.inc()
    if (shadowed) stats.shadowed.inc()
    if (allowed) return 'continue'
    if (!config.isEnforced(parts.random)) {
      parts.formatter.apply(config.requestHeaders, head.headers, this.#stream.info)
      return 'continue'
    }
    stats.enforced.inc()
    return this.#refusal()
  }

  onResponse({ headers }: ResponseHead): 'continue' {
    if (this.#bucket === undefined || !this.#limit.config.tellsLimits) return 'continue'
    for (const [name, value] of rateLimitHeaders(this.#bucket)) headers.append(name, value)
    return 'continue'
  }

  #refusal(): LocalReply {
    const { config, parts } = this.#limit
    const headers = new HeaderList()
    if (config.tellsRetryAfter && this.#bucket !== undefined) {
      headers.set('retry-after', `${Math.ceil(this.#bucket.waitMs / 1000)}`)
    }
    parts.formatter.apply(config.responseHeaders, headers, this.#stream.info)
    return {
      status: config.status,
      body: 'local_rate_limited',
      details: 'local_rate_limited',
      flag: 'RL',
      headers: Object.fromEntries(headers),
      ...(config.grpcStatus !== undefined && { grpcStatus: config.grpcStatus }),
    }
  }
}
