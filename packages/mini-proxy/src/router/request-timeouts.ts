import type { ClusterAction } from '@meshwright/route-matcher'
import { isGrpc } from '../hcm/local-reply.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead } from '../http/stream.ts'

/** How long a request may take, in milliseconds; 0 for as long as it likes. */
export interface RequestTimeouts {
  /** From the end of the request. */
  readonly totalMs: number
  readonly perTryMs: number
  /** From the beginning of the stream. */
  readonly maxStreamMs: number
}

/** The route's timeouts, as the request's own headers change them; those headers are taken out. */
export function requestTimeouts(head: RequestHead, action: ClusterAction): RequestTimeouts {
  const { headers } = head
  const total = takeMs(headers, 'x-envoy-upstream-rq-timeout-ms') ?? grpcTotal(head, action)
  const said = takeMs(headers, 'x-envoy-upstream-rq-per-try-timeout-ms')
  const perTry = said ?? action.retryPolicy?.perTryTimeoutMs ?? 0
  return {
    totalMs: total,
    // As Envoy: one try may not outlast the whole.
    perTryMs: total > 0 && perTry >= total ? 0 : perTry,
    maxStreamMs: maxStream(head, action),
  }
}

function grpcTotal(head: RequestHead, action: ClusterAction): number {
  const { maxGrpcTimeoutMs } = action
  if (maxGrpcTimeoutMs === undefined || !isGrpc(head)) return action.timeoutMs
  return bounded(grpcTimeoutMs(head.headers), maxGrpcTimeoutMs, action.grpcTimeoutOffsetMs)
}

function maxStream(head: RequestHead, action: ClusterAction): number {
  const { grpcTimeoutHeaderMaxMs, grpcTimeoutHeaderOffsetMs, maxStreamDurationMs = 0 } = action
  if (grpcTimeoutHeaderMaxMs === undefined) return maxStreamDurationMs
  const said = grpcTimeoutMs(head.headers)
  if (said === undefined) return maxStreamDurationMs
  return bounded(said, grpcTimeoutHeaderMaxMs, grpcTimeoutHeaderOffsetMs)
}

/** 0 as a bound: none. */
function bounded(said: number | undefined, maxMs: number, offsetMs: number): number {
  const wanted = said ?? 0
  const most = maxMs > 0 && (wanted === 0 || wanted > maxMs) ? maxMs : wanted
  return most > offsetMs ? most - offsetMs : most
}

const grpcUnits: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
}

function grpcTimeoutMs(headers: HeaderList): number | undefined {
  const [, amount, unit = ''] =
    /^(\d{1,8})([HMSmun])$/.exec(headers.get('grpc-timeout') ?? '') ?? []
  return amount === undefined ? undefined : Number(amount) * (grpcUnits[unit] ?? 1)
}

function takeMs(headers: HeaderList, name: string): number | undefined {
  const text = headers.get(name)
  if (text === undefined) return undefined
  headers.remove(name)
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
