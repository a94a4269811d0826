import type { ResponseHead } from '../http/stream.ts'
import type { ClusterCounters } from './cluster-counters.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'

/** Makes an upstream's response the one that the client gets, and counts it. */
export function prepareResponse(
  stream: RouterStream,
  head: ResponseHead,
  attempts: number,
  { context, counters }: { readonly context: RouterContext; readonly counters: ClusterCounters },
): void {
  const { info, match } = stream
  const { headers } = head
  info.response = head
  info.responseCodeDetails = 'via_upstream'
  info.markResponseBegan()
  if (!context.suppressEnvoyHeaders) {
    headers.set('x-envoy-upstream-service-time', `${Math.round(info.sinceRequestMs())}`)
  }
  if (match?.virtualHost.includeAttemptCountInResponse === true) {
    headers.set('x-envoy-attempt-count', `${attempts}`)
  }
  context.headers.apply(match?.responseHeaders ?? [], headers, info)
  counters.byClass[Math.floor(head.status / 100) - 1]?.inc()
  counters.completed.inc()
  counters.time.record(info.elapsedMs())
}
