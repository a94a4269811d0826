import {
  type RequestTimeouts,
  requestTimeouts,
  retryHeaderNames,
  routeTimeouts,
  timeoutHeaderNames,
} from '@meshwright/resilience'
import type { ClusterAction } from '@meshwright/route-matcher'
import { isGrpc } from '../hcm/local-reply.ts'
import type { HeaderList } from '../http/header-list.ts'
import { HeaderNames } from '../http/header-names.ts'
import type { RequestHead } from '../http/stream.ts'

/** How long a request and its tries may take, in milliseconds; 0 for as long as they like. */
export interface Timeouts extends RequestTimeouts {
  /** How long nothing may come of a try. */
  readonly perTryIdleMs: number
  /** From the beginning of a try's stream. */
  readonly maxStreamMs: number
  /** A try that runs into its time-out goes on, raced by another. */
  readonly hedges: boolean
  readonly isGrpc: boolean
  /** What a time-out is answered with. */
  readonly status: 204 | 504
}

/**
 * The route's time-outs, as the request's own headers change them. Takes no header out: see {@link steeringHeaders}.
 *
 * @param isSteered one of those headers is there
 */
export function timeoutsOf(head: RequestHead, action: ClusterAction, isSteered: boolean): Timeouts {
  const grpc = isGrpc(head)
  const isPlain = !grpc && !isSteered && !boundsStream(action)
  return isPlain ? plain(action) : asked(head.headers, action, grpc)
}

/** Of nearly every request. */
function plain(action: ClusterAction): Timeouts {
  const { totalMs, perTryMs } = routeTimeouts(action)
  return {
    totalMs,
    perTryMs,
    perTryIdleMs: perTryIdleOf(action),
    maxStreamMs: 0,
    hedges: action.hedgeOnPerTryTimeout,
    isGrpc: false,
    status: 504,
  }
}

function asked(headers: HeaderList, action: ClusterAction, isGrpc: boolean): Timeouts {
  const header = (name: string): string | undefined => headers.get(name)
  const route = boundsStream(action)
    ? { ...action, timeoutMs: 0, maxGrpcTimeoutMs: undefined }
    : action
  const { totalMs, perTryMs } = requestTimeouts(route, header, { isGrpc })
  return {
    totalMs,
    perTryMs,
    perTryIdleMs: perTryIdleOf(action),
    maxStreamMs: wholeMs(header('x-envoy-upstream-stream-duration-ms')) ?? 0,
    hedges: hedges(header('x-envoy-hedge-on-per-try-timeout'), action),
    isGrpc,
    status: headers.has('x-envoy-upstream-rq-timeout-alt-response') ? 204 : 504,
  }
}

/** Headers by which a request steers the router, which do not go upstream. */
export const steeringHeaders: HeaderNames = new HeaderNames([
  ...retryHeaderNames,
  ...timeoutHeaderNames,
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-stream-duration-ms',
])

/** A route that bounds the whole stream has no other time-out, as in Envoy. */
function boundsStream({ maxStreamDurationMs, grpcTimeoutHeaderMaxMs }: ClusterAction): boolean {
  return maxStreamDurationMs !== undefined || grpcTimeoutHeaderMaxMs !== undefined
}

function perTryIdleOf({ retryPolicy }: ClusterAction): number {
  return retryPolicy === undefined ? 0 : retryPolicy.perTryIdleTimeoutMs
}

function hedges(said: string | undefined, { hedgeOnPerTryTimeout }: ClusterAction): boolean {
  return said === 'true' || (said !== 'false' && hedgeOnPerTryTimeout)
}

function wholeMs(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined
}
