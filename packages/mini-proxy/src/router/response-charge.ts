import type { ByOrigin, ClusterCounters } from '../cluster/cluster-counters.ts'
import type { RequestHead } from '../http/stream.ts'
import type { ForwardingPlan } from './forwarding-plan.ts'

/** The counters of where a request comes from: within the mesh, or without. */
export function originOf(
  { internal, external }: ClusterCounters,
  { headers }: RequestHead,
): ByOrigin {
  return headers.first('x-envoy-internal') === 'true' ? internal : external
}

/** Counts an answer, the upstream's or one in its place, for the cluster. */
export function chargeResponse({ counters, origin }: ForwardingPlan, status: number): void {
  counters.responses.count(status)
  origin.responses.count(status)
}

/** Records how long the upstream took, from the end of the request to that of the response. */
export function chargeTime({ stream, counters, origin }: ForwardingPlan): void {
  const { info } = stream
  if (!info.isRequestReceived) return
  const ms = info.sinceRequestMs()
  counters.time.record(ms)
  origin.time.record(ms)
}
