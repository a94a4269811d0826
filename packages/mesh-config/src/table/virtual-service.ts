import {
  base64,
  choice,
  count,
  deprecated,
  duration,
  type Field,
  flag,
  integer,
  list,
  type Message,
  map,
  mapOf,
  message,
  orEmpty,
  pending,
  port,
  positiveDuration,
  regex,
  required,
  text,
  wholePercent,
} from '../field.ts'
import {
  addressOrRange,
  exportTo,
  gatewayName,
  givenMatch,
  headerName,
  headerValue,
  host,
  matchedHeader,
  stringMatch,
  wildcardHost,
} from '../form.ts'
import { headersCanChange } from '../rule/header-operations.ts'
import {
  claimsAreChecked,
  redirectActs,
  retriesAgree,
  rewriteActs,
  routeActs,
  tryFits,
  weightsSum,
} from '../rule/http-route.ts'
import { unreachableMatches } from '../rule/unreachable.ts'
import {
  delegatesEndThere,
  hostsAreUnique,
  l4RoutesAct,
  matchedGatewaysApply,
  meshHostsAreNamed,
  sniHostsFit,
  virtualServiceActs,
} from '../rule/virtual-service.ts'
import type {
  CorsPolicy,
  Delegate,
  Destination,
  HeaderOperations,
  Headers,
  HttpBody,
  HttpDirectResponse,
  HttpMatchRequest,
  HttpMirrorPolicy,
  HttpRedirect,
  HttpRetry,
  HttpRewrite,
  HttpRoute,
  HttpRouteDestination,
  L4MatchAttributes,
  PortSelector,
  RedirectPortSelection,
  RegexRewrite,
  RouteDestination,
  TcpRoute,
  TlsMatchAttributes,
  TlsRoute,
  UnmatchedPreflights,
  VirtualServiceSpec,
} from '../spec/virtual-service.ts'
import { httpFaultInjection, percent } from './fault.ts'

/** The values of {@link RedirectPortSelection}. */
const redirectPortSelection: Field<RedirectPortSelection> = choice(
  'FROM_PROTOCOL_DEFAULT',
  'FROM_REQUEST_PORT',
)
/** The values of {@link UnmatchedPreflights}. */
const unmatchedPreflights: Field<UnmatchedPreflights> = choice('UNSPECIFIED', 'FORWARD', 'IGNORE')
/** The fields of {@link HttpMatchRequest}. */
const httpMatchRequest: Message<HttpMatchRequest> = message(
  'HTTPMatchRequest',
  {
    name: text,
    uri: givenMatch,
    scheme: givenMatch,
    method: givenMatch,
    authority: givenMatch,
    headers: mapOf(matchedHeader, stringMatch),
    port: port,
    sourceLabels: map(text),
    gateways: list(gatewayName),
    queryParams: map(stringMatch),
    ignoreUriCase: flag,
    withoutHeaders: mapOf(matchedHeader, stringMatch),
    sourceNamespace: text,
    statPrefix: text,
  },
  { rules: [claimsAreChecked] },
)
/** The fields of {@link PortSelector}. */
export const portSelector: Message<PortSelector> = message('PortSelector', {
  number: required(port),
})
/** The fields of {@link Destination}. */
export const destination: Message<Destination> = message('Destination', {
  host: required(host),
  subset: text,
  port: portSelector,
})
/** The fields of {@link HeaderOperations}. */
const headerOperations: Message<HeaderOperations> = message(
  'Headers.HeaderOperations',
  {
    set: mapOf(headerName, headerValue),
    add: mapOf(headerName, headerValue),
    remove: list(headerName),
  },
  { rules: [headersCanChange] },
)
/** The fields of {@link Headers}. */
const headers: Message<Headers> = message('Headers', {
  request: headerOperations,
  response: headerOperations,
})
/** The fields of {@link HttpRouteDestination}. */
const httpRouteDestination: Message<HttpRouteDestination> = message('HTTPRouteDestination', {
  destination: required(destination),
  weight: count,
  headers,
})
/** The fields of {@link HttpRedirect}. */
const httpRedirect: Message<HttpRedirect> = message(
  'HTTPRedirect',
  {
    uri: text,
    authority: text,
    port: port,
    derivePort: redirectPortSelection,
    scheme: choice('http', 'https'),
    redirectCode: integer(300, 399),
    prefixRewrite: text,
  },
  {
    oneOf: [
      ['port', 'derivePort'],
      ['uri', 'prefixRewrite'],
    ],
    rules: [redirectActs],
  },
)
/** The fields of {@link HttpBody}. */
const httpBody: Message<HttpBody> = message(
  'HTTPBody',
  { string: text, bytes: base64 },
  { oneOf: [['string', 'bytes']] },
)
/** The fields of {@link HttpDirectResponse}. */
const httpDirectResponse: Message<HttpDirectResponse> = message('HTTPDirectResponse', {
  status: required(integer(200, 599)),
  body: httpBody,
})
/** The fields of {@link Delegate}. */
const delegate: Message<Delegate> = message('Delegate', {
  name: required(text),
  namespace: text,
})
/** The fields of {@link RegexRewrite}. */
const regexRewrite: Message<RegexRewrite> = message('RegexRewrite', {
  match: required(regex),
  rewrite: required(text),
})
/** The fields of {@link HttpRewrite}. */
const httpRewrite: Message<HttpRewrite> = message(
  'HTTPRewrite',
  {
    uri: text,
    authority: text,
    uriRegexRewrite: regexRewrite,
  },
  { oneOf: [['uri', 'uriRegexRewrite']], rules: [rewriteActs] },
)
/** The fields of {@link HttpRetry}. */
export const httpRetry: Message<HttpRetry> = message(
  'HTTPRetry',
  {
    attempts: count,
    perTryTimeout: positiveDuration,
    retryOn: text,
    retryRemoteLocalities: flag,
    retryIgnorePreviousHosts: flag,
    backoff: positiveDuration,
  },
  { rules: [retriesAgree] },
)
/** The fields of {@link HttpMirrorPolicy}. */
const httpMirrorPolicy: Message<HttpMirrorPolicy> = message('HTTPMirrorPolicy', {
  destination: required(destination),
  percentage: percent,
})
/** The fields of {@link CorsPolicy}. */
const corsPolicy: Message<CorsPolicy> = message('CorsPolicy', {
  allowOrigin: deprecated(list(text), 'allowOrigins'),
  allowOrigins: list(givenMatch),
  allowMethods: list(text),
  allowHeaders: list(text),
  exposeHeaders: list(text),
  maxAge: duration,
  allowCredentials: flag,
  unmatchedPreflights,
})
/** The fields of {@link HttpRoute}. */
const httpRoute: Message<HttpRoute> = message(
  'HTTPRoute',
  {
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
    mirrorPercent: deprecated(wholePercent, 'mirrorPercentage'),
    mirrorPercentage: percent,
    corsPolicy,
    headers,
  },
  {
    oneOf: [
      ['route', 'redirect', 'directResponse', 'delegate'],
      ['redirect', 'rewrite'],
      ['directResponse', 'rewrite'],
      ['mirror', 'mirrors'],
      ['mirrorPercent', 'mirrorPercentage'],
    ],
    rules: [routeActs, weightsSum, tryFits],
  },
)
/** The fields of {@link TlsMatchAttributes}. */
const tlsMatchAttributes: Message<TlsMatchAttributes> = message('TLSMatchAttributes', {
  sniHosts: required(list(wildcardHost)),
  destinationSubnets: pending(list(addressOrRange)),
  port: port,
  sourceLabels: map(text),
  gateways: list(gatewayName),
  sourceNamespace: text,
})
/** The fields of {@link RouteDestination}. */
const routeDestination: Message<RouteDestination> = message('RouteDestination', {
  destination: required(destination),
  weight: count,
})
/** The fields of {@link TlsRoute}. */
const tlsRoute: Message<TlsRoute> = message(
  'TLSRoute',
  {
    match: list(tlsMatchAttributes),
    route: list(routeDestination),
  },
  { rules: [weightsSum] },
)
/** The fields of {@link L4MatchAttributes}. */
const l4MatchAttributes: Message<L4MatchAttributes> = message('L4MatchAttributes', {
  destinationSubnets: pending(list(addressOrRange)),
  port: port,
  sourceSubnet: pending(addressOrRange),
  sourceLabels: map(text),
  gateways: list(gatewayName),
  sourceNamespace: text,
})
/** The fields of {@link TcpRoute}. */
const tcpRoute: Message<TcpRoute> = message(
  'TCPRoute',
  {
    match: list(l4MatchAttributes),
    route: list(routeDestination),
  },
  { rules: [weightsSum] },
)
/** The fields of {@link VirtualServiceSpec}. */
export const virtualServiceSpec: Message<VirtualServiceSpec> = message(
  'VirtualService',
  {
    hosts: orEmpty(list(wildcardHost)),
    gateways: list(gatewayName),
    http: list(httpRoute),
    tls: list(tlsRoute),
    tcp: list(tcpRoute),
    exportTo: exportTo,
  },
  {
    rules: [
      virtualServiceActs,
      meshHostsAreNamed,
      hostsAreUnique,
      delegatesEndThere,
      sniHostsFit,
      l4RoutesAct,
      matchedGatewaysApply,
      unreachableMatches,
    ],
  },
)
