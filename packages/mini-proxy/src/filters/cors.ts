import { MatchRequest } from '../http/match-request.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'
import type { Counter } from '../stats/stats.ts'
import { compileHeaderCondition, type HeaderMatcherJson } from './header-condition.ts'
import type {
  FilterConfigJson,
  FilterDecision,
  HttpFilter,
  HttpFilterType,
  LocalReply,
} from './http-filter.ts'
import { type FractionalPercentJson, ratioOf } from './percentage.ts'

/** `envoy.filters.http.cors`: answers preflights and marks responses, as the policy of the route says. */
export const corsFilter: HttpFilterType = {
  configTypes: ['envoy.extensions.filters.http.cors.v3.Cors'],
  routeConfigTypes: ['envoy.extensions.filters.http.cors.v3.CorsPolicy'],
  checkRoute(config) {
    try {
      compilePolicy(config)
      return []
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)]
    }
  },
  create(_config, context) {
    const valid = context.stats.counter('cors.origin_valid')
    const invalid = context.stats.counter('cors.origin_invalid')
    const policies = new WeakMap<FilterConfigJson, Policy>()
    return (stream) => {
      const json = stream.routeConfig()
      if (json === undefined) return undefined
      const policy = policies.get(json) ?? compilePolicy(json)
      policies.set(json, policy)
      if (policy.enabledRatio < 1 && context.random() >= policy.enabledRatio) return undefined
      return new CorsFilter(policy, valid, invalid)
    }
  },
}

/** `CorsPolicy` in proto3 JSON. */
interface CorsPolicyJson {
  readonly allowOriginStringMatch?: readonly NonNullable<HeaderMatcherJson['stringMatch']>[]
  readonly allowMethods?: string
  readonly allowHeaders?: string
  readonly exposeHeaders?: string
  readonly maxAge?: string
  readonly allowCredentials?: boolean
  readonly filterEnabled?: { readonly defaultValue?: FractionalPercentJson }
  readonly allowPrivateNetworkAccess?: boolean
  readonly forwardNotMatchingPreflights?: boolean
}

interface Policy {
  readonly enabledRatio: number
  readonly allows: (head: RequestHead) => boolean
  readonly preflightHeaders: Readonly<Record<string, string>>
  readonly allowCredentials: boolean
  readonly exposeHeaders: string
  readonly allowPrivateNetwork: boolean
  readonly forwardNotMatching: boolean
}

function compilePolicy(config: FilterConfigJson): Policy {
  const json = config as CorsPolicyJson
  const origins = (json.allowOriginStringMatch ?? []).map((stringMatch) =>
    compileHeaderCondition([{ name: 'origin', stringMatch }]),
  )
  const preflightHeaders: Record<string, string> = {}
  if (json.allowMethods) preflightHeaders['access-control-allow-methods'] = json.allowMethods
  if (json.allowHeaders) preflightHeaders['access-control-allow-headers'] = json.allowHeaders
  if (json.maxAge) preflightHeaders['access-control-max-age'] = json.maxAge
  return {
    enabledRatio:
      json.filterEnabled === undefined ? 1 : ratioOf(json.filterEnabled.defaultValue, 1),
    allows: (head) => {
      const request = new MatchRequest(head)
      return origins.some((matches) => matches(request))
    },
    preflightHeaders,
    allowCredentials: json.allowCredentials === true,
    exposeHeaders: json.exposeHeaders ?? '',
    allowPrivateNetwork: json.allowPrivateNetworkAccess === true,
    forwardNotMatching: json.forwardNotMatchingPreflights !== false,
  }
}

class CorsFilter implements HttpFilter {
  readonly #policy: Policy
  readonly #valid: Counter
  readonly #invalid: Counter
  /** The caller's origin, if the policy allows it. */
  #origin: string | undefined

  constructor(policy: Policy, valid: Counter, invalid: Counter) {
    this.#policy = policy
    this.#valid = valid
    this.#invalid = invalid
  }

  onRequest(head: RequestHead): FilterDecision {
    const origin = head.headers.get('origin')
    if (origin === undefined || origin === '') return 'continue'
    const preflight = head.method === 'OPTIONS' && head.headers.has('access-control-request-method')
    if (this.#policy.allows(head)) {
      this.#valid.inc()
      this.#origin = origin
      return preflight ? this.#answerPreflight(head, origin) : 'continue'
    }
    this.#invalid.inc()
    if (!preflight || this.#policy.forwardNotMatching) return 'continue'
    return { status: 200, details: 'cors_response' }
  }

  onResponse({ headers }: ResponseHead): 'continue' {
    if (this.#origin === undefined) return 'continue'
    headers.set('access-control-allow-origin', this.#origin)
    if (this.#policy.allowCredentials) headers.set('access-control-allow-credentials', 'true')
    if (this.#policy.exposeHeaders !== '') {
      headers.set('access-control-expose-headers', this.#policy.exposeHeaders)
    }
    return 'continue'
  }

  #answerPreflight({ headers }: RequestHead, origin: string): LocalReply {
    const { preflightHeaders, allowPrivateNetwork } = this.#policy
    const privateNetwork =
      allowPrivateNetwork && headers.get('access-control-request-private-network') === 'true'
    return {
      status: 200,
      details: 'cors_response',
      headers: {
        ...preflightHeaders,
        'access-control-allow-origin': origin,
        ...(privateNetwork && { 'access-control-allow-private-network': 'true' }),
      },
    }
  }
}
