import {
  base64,
  choice,
  double,
  duration,
  type Field,
  flag,
  int32,
  list,
  type Message,
  map,
  message,
  orEmpty,
  required,
  text,
  uint32,
} from '../field.ts'
import type {
  CorsPolicy,
  Delegate,
  Destination,
  HeaderOperations,
  Headers,
  HttpBody,
  HttpDirectResponse,
  HttpFaultAbort,
  HttpFaultDelay,
  HttpFaultInjection,
  HttpMatchRequest,
  HttpMirrorPolicy,
  HttpRedirect,
  HttpRetry,
  HttpRewrite,
  HttpRoute,
  HttpRouteDestination,
  L4MatchAttributes,
  Percent,
  PortSelector,
  RedirectPortSelection,
  RegexRewrite,
  RouteDestination,
  StringMatch,
  TcpRoute,
  TlsMatchAttributes,
  TlsRoute,
  UnmatchedPreflights,
  VirtualServiceSpec,
} from '../spec/virtual-service.ts'

/** The values of {@link RedirectPortSelection}. */
export const redirectPortSelection: Field<RedirectPortSelection> = choice(
  'FROM_PROTOCOL_DEFAULT',
  'FROM_REQUEST_PORT',
)
/** The values of {@link UnmatchedPreflights}. */
export const unmatchedPreflights: Field<UnmatchedPreflights> = choice(
  'UNSPECIFIED',
  'FORWARD',
  'IGNORE',
)
/** The fields of {@link StringMatch}. */
export const stringMatch: Message<StringMatch> = message('StringMatch', {
  exact: text,
  prefix: text,
  regex: text,
})
/** The fields of {@link HttpMatchRequest}. */
export const httpMatchRequest: Message<HttpMatchRequest> = message('HTTPMatchRequest', {
  name: text,
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: map(stringMatch),
  port: uint32,
  sourceLabels: map(text),
  gateways: list(text),
  queryParams: map(stringMatch),
  ignoreUriCase: flag,
  withoutHeaders: map(stringMatch),
  sourceNamespace: text,
  statPrefix: text,
})
/** The fields of {@link PortSelector}. */
export const portSelector: Message<PortSelector> = message('PortSelector', {
  number: required(uint32),
})
/** The fields of {@link Destination}. */
export const destination: Message<Destination> = message('Destination', {
  host: required(text),
  subset: text,
  port: portSelector,
})
/** The fields of {@link HeaderOperations}. */
export const headerOperations: Message<HeaderOperations> = message('Headers.HeaderOperations', {
  set: map(text),
  add: map(text),
  remove: list(text),
})
/** The fields of {@link Headers}. */
export const headers: Message<Headers> = message('Headers', {
  request: headerOperations,
  response: headerOperations,
})
/** The fields of {@link HttpRouteDestination}. */
export const httpRouteDestination: Message<HttpRouteDestination> = message('HTTPRouteDestination', {
  destination: required(destination),
  weight: int32,
  headers,
})
/** The fields of {@link HttpRedirect}. */
export const httpRedirect: Message<HttpRedirect> = message('HTTPRedirect', {
  uri: text,
  authority: text,
  port: uint32,
  derivePort: redirectPortSelection,
  scheme: text,
  redirectCode: uint32,
  prefixRewrite: text,
})
/** The fields of {@link HttpBody}. */
export const httpBody: Message<HttpBody> = message('HTTPBody', { string: text, bytes: base64 })
/** The fields of {@link HttpDirectResponse}. */
export const httpDirectResponse: Message<HttpDirectResponse> = message('HTTPDirectResponse', {
  status: required(uint32),
  body: httpBody,
})
/** The fields of {@link Delegate}. */
export const delegate: Message<Delegate> = message('Delegate', {
  name: required(text),
  namespace: text,
})
/** The fields of {@link RegexRewrite}. */
export const regexRewrite: Message<RegexRewrite> = message('RegexRewrite', {
  match: required(text),
  rewrite: required(text),
})
/** The fields of {@link HttpRewrite}. */
export const httpRewrite: Message<HttpRewrite> = message('HTTPRewrite', {
  uri: text,
  authority: text,
  uriRegexRewrite: regexRewrite,
})
/** The fields of {@link HttpRetry}. */
export const httpRetry: Message<HttpRetry> = message('HTTPRetry', {
  attempts: int32,
  perTryTimeout: duration,
  retryOn: text,
  retryRemoteLocalities: flag,
  retryIgnorePreviousHosts: flag,
  backoff: duration,
})
/** The fields of {@link Percent}. */
export const percent: Message<Percent> = message('Percent', { value: double })
/** The fields of {@link HttpFaultDelay}. */
export const httpFaultDelay: Message<HttpFaultDelay> = message('HTTPFaultInjection.Delay', {
  percent: int32,
  fixedDelay: duration,
  exponentialDelay: duration,
  percentage: percent,
})
/** The fields of {@link HttpFaultAbort}. */
export const httpFaultAbort: Message<HttpFaultAbort> = message('HTTPFaultInjection.Abort', {
  httpStatus: int32,
  grpcStatus: text,
  http2Error: text,
  percentage: percent,
})
/** The fields of {@link HttpFaultInjection}. */
export const httpFaultInjection: Message<HttpFaultInjection> = message('HTTPFaultInjection', {
  delay: httpFaultDelay,
  abort: httpFaultAbort,
})
/** The fields of {@link HttpMirrorPolicy}. */
export const httpMirrorPolicy: Message<HttpMirrorPolicy> = message('HTTPMirrorPolicy', {
  destination: required(destination),
  percentage: percent,
})
/** The fields of {@link CorsPolicy}. */
export const corsPolicy: Message<CorsPolicy> = message('CorsPolicy', {
  allowOrigin: list(text),
  allowOrigins: list(stringMatch),
  allowMethods: list(text),
  allowHeaders: list(text),
  exposeHeaders: list(text),
  maxAge: duration,
  allowCredentials: flag,
  unmatchedPreflights,
})
/** The fields of {@link HttpRoute}. */
export const httpRoute: Message<HttpRoute> = message('HTTPRoute', {
  name: text,
  match: list(httpMatchRequest),
  route: list(httpRouteDestination),
  redirect: httpRedirect,
  directResponse: httpDirectResponse,
  delegate,
  rewrite: httpRewrite,
  timeout: duration,
  retries: httpRetry,
  fault: httpFaultInjection,
  mirror: destination,
  mirrors: list(httpMirrorPolicy),
  mirrorPercent: uint32,
  mirrorPercentage: percent,
  corsPolicy,
  headers,
})
/** The fields of {@link TlsMatchAttributes}. */
export const tlsMatchAttributes: Message<TlsMatchAttributes> = message('TLSMatchAttributes', {
  sniHosts: list(text),
  destinationSubnets: list(text),
  port: uint32,
  sourceLabels: map(text),
  gateways: list(text),
  sourceNamespace: text,
})
/** The fields of {@link RouteDestination}. */
export const routeDestination: Message<RouteDestination> = message('RouteDestination', {
  destination: required(destination),
  weight: int32,
})
/** The fields of {@link TlsRoute}. */
export const tlsRoute: Message<TlsRoute> = message('TLSRoute', {
  match: list(tlsMatchAttributes),
  route: list(routeDestination),
})
/** The fields of {@link L4MatchAttributes}. */
export const l4MatchAttributes: Message<L4MatchAttributes> = message('L4MatchAttributes', {
  destinationSubnets: list(text),
  port: uint32,
  sourceSubnet: text,
  sourceLabels: map(text),
  gateways: list(text),
  sourceNamespace: text,
})
/** The fields of {@link TcpRoute}. */
export const tcpRoute: Message<TcpRoute> = message('TCPRoute', {
  match: list(l4MatchAttributes),
  route: list(routeDestination),
})
/** The fields of {@link VirtualServiceSpec}. */
export const virtualServiceSpec: Message<VirtualServiceSpec> = message('VirtualService', {
  hosts: orEmpty(list(text)),
  gateways: list(text),
  http: list(httpRoute),
  tls: list(tlsRoute),
  tcp: list(tcpRoute),
  exportTo: list(text),
})
