import type { CorsPolicy } from '@meshwright/route-matcher'
import type { RequestHead, ResponseHead } from '../http/stream.ts'
import type { Counter } from '../stats/stats.ts'
import type { FilterDecision, HttpFilter, HttpFilterType, LocalReply } from './http-filter.ts'

/** `envoy.filters.http.cors`: answers preflights and marks responses, as the policies of the route's levels together say. */
export const corsFilter: HttpFilterType = {
  configTypes: ['envoy.extensions.filters.http.cors.v3.Cors'],
  routeConfigTypes: ['envoy.extensions.filters.http.cors.v3.CorsPolicy'],
  create(_config, context) {
    const valid = context.stats.counter('cors.origin_valid')
    const invalid = context.stats.counter('cors.origin_invalid')
    return (stream) => {
      const policy = stream.match()?.cors
      if (policy === undefined) return undefined
      const { numerator, denominator } = policy.enabled
      if (numerator < denominator && context.random() * denominator >= numerator) return undefined
      return new CorsFilter(policy, valid, invalid)
    }
  },
}

class CorsFilter implements HttpFilter {
  readonly #policy: CorsPolicy
  readonly #valid: Counter
  readonly #invalid: Counter
  /** The caller's origin, if the policy allows it. */
  #origin: string | undefined
  /** The response is marked. */
  #applies = false

  constructor(policy: CorsPolicy, valid: Counter, invalid: Counter) {
    this.#policy = policy
    this.#valid = valid
    this.#invalid = invalid
  }

  onRequest({ headers, method }: RequestHead): FilterDecision {
    const origin = headers.get('origin')
    if (origin === undefined || origin === '') return 'continue'
    const allowed = this.#policy.allowsOrigin(origin)
    if (allowed) this.#valid.inc()
    else this.#invalid.inc()
    this.#origin = allowed ? origin : undefined
    const asked = method === 'OPTIONS' ? (headers.get('access-control-request-method') ?? '') : ''
    const answers = asked !== '' && (allowed || !this.#policy.forwardNotMatchingPreflights)
    this.#applies = allowed || answers
    return answers ? this.#answerPreflight(headers, asked) : 'continue'
  }

  onResponse({ headers }: ResponseHead): 'continue' {
    if (!this.#applies) return 'continue'
    const { allowCredentials, exposeHeaders } = this.#policy
    if (allowCredentials) headers.set('access-control-allow-credentials', 'true')
    if (this.#origin === undefined) return 'continue'
    headers.set('access-control-allow-origin', this.#origin)
    if (exposeHeaders !== '') headers.set('access-control-expose-headers', exposeHeaders)
    return 'continue'
  }

  /** A star is what the client asks for. */
  #answerPreflight(headers: RequestHead['headers'], method: string): LocalReply {
    const { allowMethods, allowHeaders, maxAge, allowPrivateNetworkAccess } = this.#policy
    const askedHeaders = headers.get('access-control-request-headers') ?? ''
    const privateNetwork =
      allowPrivateNetworkAccess && headers.get('access-control-request-private-network') === 'true'
    const said = {
      'access-control-allow-methods': allowMethods === '*' ? method : allowMethods,
      'access-control-allow-headers': allowHeaders === '*' ? askedHeaders : allowHeaders,
      'access-control-max-age': maxAge,
      'access-control-allow-private-network': privateNetwork ? 'true' : '',
    }
    return {
      status: 200,
      details: 'cors_response',
      isFinal: true,
      headers: Object.fromEntries(Object.entries(said).filter(([, value]) => value !== '')),
    }
  }
}
