import type { StreamInfo } from '../access-log/stream-info.ts'
import type { RequestHead } from '../http/stream.ts'
import type { ClusterCounters } from './cluster-counters.ts'

/** Counts an answer, the upstream's or one in its place, for the cluster. */
export function chargeResponse(
  counters: ClusterCounters,
  status: number,
  request: RequestHead,
): void {
  counters.responses.count(status)
  originOf(counters, request).responses.count(status)
}

/** Records how long the upstream took, from the end of the request to that of the response. */
export function chargeTime(
  counters: ClusterCounters,
  info: StreamInfo,
  request: RequestHead,
): void {
  if (!info.isRequestReceived) return
  const ms = info.sinceRequestMs()
  counters.time.record(ms)
  originOf(counters, request).time.record(ms)
}

function originOf(
  { internal, external }: ClusterCounters,
  { headers }: RequestHead,
): ClusterCounters['internal'] {
  return headers.first('x-envoy-internal') === 'true' ? internal : external
}
