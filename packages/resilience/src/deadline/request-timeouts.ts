import type { HeaderLookup } from '../retry/retry-options.ts'
import { formatGrpcTimeout, parseGrpcTimeout } from './grpc-timeout.ts'

/** What a route says about time; the action of a route as `@meshwright/route-matcher` compiles it is one. */
export interface RouteTimeouts {
  /** For the whole response, retries included; 0: none. */
  readonly timeoutMs: number
  /** Bounds `grpc-timeout`, 0 without bound; undefined: the header is not looked at. */
  readonly maxGrpcTimeoutMs?: number | undefined
  /** Taken off what `grpc-timeout` says, if that is more. Default: 0. */
  readonly grpcTimeoutOffsetMs?: number
  readonly retryPolicy?: { readonly perTryTimeoutMs: number } | undefined
}

/** What else decides. */
export interface TimeoutFacts {
  /** The request is gRPC's. */
  readonly isGrpc: boolean
  /** The header `x-envoy-expected-rq-timeout-ms` of the request counts. Default: false. Envoy: `respect_expected_rq_timeout`. */
  readonly respectsExpected?: boolean
  /** Tries that run into their time-out are raced and go on. Default: false. */
  readonly hedges?: boolean
}

/** How long a request and each of its tries may take, in milliseconds; 0: as long as it likes. */
export interface RequestTimeouts {
  readonly totalMs: number
  readonly perTryMs: number
}

/** The request headers that set time-outs, which a proxy takes out before it sends a request on. */
export const timeoutHeaderNames: readonly string[] = [
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
]

/** The time-outs of a request as Envoy's router finds them. */
export function requestTimeouts(
  route: RouteTimeouts,
  header: HeaderLookup,
  facts: TimeoutFacts,
): RequestTimeouts {
  const said = facts.respectsExpected
    ? wholeMs(header('x-envoy-expected-rq-timeout-ms'))
    : undefined
  const asked = said ?? wholeMs(header('x-envoy-upstream-rq-timeout-ms'))
  const totalMs = asked ?? (facts.isGrpc ? grpcTotal(route, header) : route.timeoutMs)
  const perTryMs = wholeMs(header('x-envoy-upstream-rq-per-try-timeout-ms')) ?? perTryOf(route)
  return { totalMs, perTryMs: withinTotal(perTryMs, totalMs) }
}

/** The same of a request that is not gRPC's and has none of the headers that ask for other times. */
export function routeTimeouts(route: RouteTimeouts): RequestTimeouts {
  const totalMs = route.timeoutMs
  return { totalMs, perTryMs: withinTotal(perTryOf(route), totalMs) }
}

/**
 * How long the upstream may take for the try that begins now, in milliseconds, for its headers: what is left of the whole, or the
 * time of a try if that is less. Undefined: as long as it likes.
 */
export function expectedTimeoutMs(
  { totalMs, perTryMs }: RequestTimeouts,
  elapsedMs: number,
  facts: TimeoutFacts,
): number | undefined {
  const perTry = facts.hedges || perTryMs === 0 ? Infinity : perTryMs
  // No time at all would say that there is no bound.
  const left = totalMs === 0 ? Infinity : Math.max(1, Math.floor(totalMs - elapsedMs))
  const expected = Math.min(perTry, left)
  return expected === Infinity ? undefined : expected
}

/** The headers that carry a time on to the upstream. */
export function deadlineHeaders(
  expectedMs: number | undefined,
  { isGrpc }: Pick<TimeoutFacts, 'isGrpc'>,
): readonly (readonly [name: string, value: string])[] {
  if (expectedMs === undefined || !(expectedMs < Infinity)) return []
  const ms = Math.max(1, Math.floor(expectedMs) || 0)
  return [
    ['x-envoy-expected-rq-timeout-ms', String(ms)],
    ...(isGrpc ? [['grpc-timeout', formatGrpcTimeout(ms)] as const] : []),
  ]
}

/** How soon a request that came with these headers must be answered, in milliseconds; Infinity if they do not say. */
export function askedTimeoutMs(header: HeaderLookup): number {
  return Math.min(
    wholeMs(header('x-envoy-expected-rq-timeout-ms')) ?? Infinity,
    parseGrpcTimeout(header('grpc-timeout')) ?? Infinity,
  )
}

function perTryOf({ retryPolicy }: RouteTimeouts): number {
  return retryPolicy === undefined ? 0 : retryPolicy.perTryTimeoutMs
}

/** One try may not outlast the whole. */
function withinTotal(perTryMs: number, totalMs: number): number {
  return totalMs > 0 && perTryMs >= totalMs ? 0 : perTryMs
}

function grpcTotal(route: RouteTimeouts, header: HeaderLookup): number {
  const { maxGrpcTimeoutMs: max, grpcTimeoutOffsetMs: offset = 0, timeoutMs } = route
  if (max === undefined) return timeoutMs
  const said = parseGrpcTimeout(header('grpc-timeout')) ?? 0
  const wanted = said > offset ? said - offset : said
  return max > 0 && (wanted === 0 || wanted > max) ? max : wanted
}

function wholeMs(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined
}
