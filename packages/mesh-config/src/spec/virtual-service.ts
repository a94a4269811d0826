import type { Duration } from './duration.ts'

/** Istio's `VirtualService`. */
export interface VirtualServiceSpec {
  readonly hosts: readonly string[]
  readonly gateways?: readonly string[]
  readonly http?: readonly HttpRoute[]
  readonly tls?: readonly TlsRoute[]
  readonly tcp?: readonly TcpRoute[]
  readonly exportTo?: readonly string[]
}

/** Istio's `Destination`. */
export interface Destination {
  readonly host: string
  readonly subset?: string
  readonly port?: PortSelector
}

/** Istio's `HTTPRoute`. */
export interface HttpRoute {
  readonly name?: string
  readonly match?: readonly HttpMatchRequest[]
  readonly route?: readonly HttpRouteDestination[]
  readonly redirect?: HttpRedirect
  readonly directResponse?: HttpDirectResponse
  readonly delegate?: Delegate
  readonly rewrite?: HttpRewrite
  readonly timeout?: Duration
  readonly retries?: HttpRetry
  readonly fault?: HttpFaultInjection
  readonly mirror?: Destination
  readonly mirrors?: readonly HttpMirrorPolicy[]
  /** Deprecated by Istio. */
  readonly mirrorPercent?: number
  readonly mirrorPercentage?: Percent
  readonly corsPolicy?: CorsPolicy
  readonly headers?: Headers
}

/** Istio's `Delegate`. */
export interface Delegate {
  readonly name: string
  readonly namespace?: string
}

/** Istio's `Headers`. */
export interface Headers {
  readonly request?: HeaderOperations
  readonly response?: HeaderOperations
}

/** Istio's `Headers.HeaderOperations`. */
export interface HeaderOperations {
  readonly set?: Readonly<Record<string, string>>
  readonly add?: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}

/** Istio's `TLSRoute`. */
export interface TlsRoute {
  readonly match?: readonly TlsMatchAttributes[]
  readonly route?: readonly RouteDestination[]
}

/** Istio's `TCPRoute`. */
export interface TcpRoute {
  readonly match?: readonly L4MatchAttributes[]
  readonly route?: readonly RouteDestination[]
}

/** Istio's `HTTPMatchRequest`. */
export interface HttpMatchRequest {
  readonly name?: string
  readonly uri?: StringMatch
  readonly scheme?: StringMatch
  readonly method?: StringMatch
  readonly authority?: StringMatch
  readonly headers?: Readonly<Record<string, StringMatch>>
  readonly port?: number
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly gateways?: readonly string[]
  readonly queryParams?: Readonly<Record<string, StringMatch>>
  readonly ignoreUriCase?: boolean
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>
  readonly sourceNamespace?: string
  readonly statPrefix?: string
}

/** Istio's `HTTPRouteDestination`. */
export interface HttpRouteDestination {
  readonly destination: Destination
  readonly weight?: number
  readonly headers?: Headers
}

/** Istio's `RouteDestination`. */
export interface RouteDestination {
  readonly destination: Destination
  readonly weight?: number
}

/** Istio's `L4MatchAttributes`. */
export interface L4MatchAttributes {
  readonly destinationSubnets?: readonly string[]
  readonly port?: number
  readonly sourceSubnet?: string
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly gateways?: readonly string[]
  readonly sourceNamespace?: string
}

/** Istio's `TLSMatchAttributes`. */
export interface TlsMatchAttributes {
  readonly sniHosts?: readonly string[]
  readonly destinationSubnets?: readonly string[]
  readonly port?: number
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly gateways?: readonly string[]
  readonly sourceNamespace?: string
}

/** Istio's `HTTPRedirect`. */
export interface HttpRedirect {
  readonly uri?: string
  readonly authority?: string
  readonly port?: number
  readonly derivePort?: RedirectPortSelection
  readonly scheme?: string
  readonly redirectCode?: number
  readonly prefixRewrite?: string
}

/** Istio's `HTTPDirectResponse`. */
export interface HttpDirectResponse {
  readonly status: number
  readonly body?: HttpBody
}

/** Istio's `HTTPBody`. */
export interface HttpBody {
  readonly string?: string
  readonly bytes?: string
}

/** Istio's `HTTPRewrite`. */
export interface HttpRewrite {
  readonly uri?: string
  readonly authority?: string
  readonly uriRegexRewrite?: RegexRewrite
}

/** Istio's `RegexRewrite`. */
export interface RegexRewrite {
  readonly match: string
  readonly rewrite: string
}

/** Istio's `StringMatch`. */
export interface StringMatch {
  readonly exact?: string
  readonly prefix?: string
  readonly regex?: string
}

/** Istio's `HTTPRetry`. */
export interface HttpRetry {
  readonly attempts?: number
  readonly perTryTimeout?: Duration
  readonly retryOn?: string
  readonly retryRemoteLocalities?: boolean
  readonly retryIgnorePreviousHosts?: boolean
  readonly backoff?: Duration
}

/** Istio's `CorsPolicy`. */
export interface CorsPolicy {
  /** Deprecated by Istio. */
  readonly allowOrigin?: readonly string[]
  readonly allowOrigins?: readonly StringMatch[]
  readonly allowMethods?: readonly string[]
  readonly allowHeaders?: readonly string[]
  readonly exposeHeaders?: readonly string[]
  readonly maxAge?: Duration
  readonly allowCredentials?: boolean
  readonly unmatchedPreflights?: UnmatchedPreflights
}

/** Istio's `HTTPFaultInjection`. */
export interface HttpFaultInjection {
  readonly delay?: HttpFaultDelay
  readonly abort?: HttpFaultAbort
}

/** Istio's `HTTPFaultInjection.Delay`. */
export interface HttpFaultDelay {
  /** Deprecated by Istio. */
  readonly percent?: number
  readonly fixedDelay?: Duration
  readonly exponentialDelay?: Duration
  readonly percentage?: Percent
}

/** Istio's `HTTPFaultInjection.Abort`. */
export interface HttpFaultAbort {
  readonly httpStatus?: number
  readonly grpcStatus?: string
  readonly http2Error?: string
  readonly percentage?: Percent
}

/** Istio's `HTTPMirrorPolicy`. */
export interface HttpMirrorPolicy {
  readonly destination: Destination
  readonly percentage?: Percent
}

/** Istio's `PortSelector`. */
export interface PortSelector {
  readonly number: number
}

/** Istio's `Percent`. */
export interface Percent {
  readonly value?: number
}

/** One of Istio's `RedirectPortSelection` values. */
export type RedirectPortSelection = 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT'

/** One of Istio's `UnmatchedPreflights` values. */
export type UnmatchedPreflights = 'UNSPECIFIED' | 'FORWARD' | 'IGNORE'
