import type { StreamInfo } from '../access-log/stream-info.ts'
import type { ResponseHead } from '../http/stream.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'
import type { UpstreamTry } from './upstream-try.ts'

/** Makes an upstream's response the one that the client gets. */
export function prepareResponse(
  stream: RouterStream,
  head: ResponseHead,
  attempts: number,
  context: RouterContext,
): void {
  const { info, match } = stream
  const { headers } = head
  info.response = head
  info.responseCodeDetails = 'via_upstream'
  info.markResponseBegan()
  if (!context.suppressEnvoyHeaders && info.isRequestReceived) {
    headers.setClean('x-envoy-upstream-service-time', `${Math.floor(info.sinceRequestMs())}`)
  }
  if (match?.virtualHost.includeAttemptCountInResponse === true) {
    headers.setClean('x-envoy-attempt-count', `${attempts}`)
  }
  context.headers.apply(match?.responseHeaders ?? [], headers, info)
}

/** Says in the access log who is asked; of earlier tries nothing is left. */
export function nameUpstream(info: StreamInfo, { host, facts }: UpstreamTry): void {
  info.upstreamHost = host.address
  info.upstreamLocalAddress = facts?.localAddress
  info.upstreamRemoteAddress = facts?.remoteAddress
  info.upstreamVersion = facts?.version
  info.upstreamTransportFailureReason = undefined
}
