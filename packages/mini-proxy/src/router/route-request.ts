import type { Match } from '@meshwright/route-matcher'
import type { LocalReply } from '../filters/http-filter.ts'
import { MatchRequest } from '../http/match-request.ts'
import { answerHere } from './answer-here.ts'
import { Forwarding } from './forwarding.ts'
import { planForwarding } from './forwarding-plan.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterRequest } from './router-request.ts'
import type { RouterStream } from './router-stream.ts'

/** The end of every filter chain: does with a request what its route says. */
export function routeRequest(
  stream: RouterStream,
  endStream: boolean,
  context: RouterContext,
): RouterRequest {
  const { match } = stream
  if (match === undefined) {
    context.stats.noRoute.inc()
    return refuse(stream, { status: 404, details: 'route_not_found', flag: 'NR' })
  }
  const { action } = match
  if (action.kind === 'redirect' || action.kind === 'direct-response') {
    answerHere(stream, action, context)
    return nothing
  }
  if (action.kind === 'non-forwarding') {
    return refuse(stream, { status: 404, details: 'route_not_found', flag: 'NR' })
  }
  const cluster = stream.clusters.get(match.cluster ?? '')
  if (cluster === undefined) {
    context.stats.noCluster.inc()
    stream.info.upstreamCluster = undefined
    const status = action.clusterNotFoundStatus
    return refuse(stream, { status, details: 'cluster_not_found', flag: 'NC' })
  }
  if (cluster.dropRatio > 0 && context.random() < cluster.dropRatio) {
    cluster.stats.counter('upstream_rq_drop_overload').inc()
    return refuse(stream, dropReply(context.suppressEnvoyHeaders))
  }
  context.stats.forwarded.inc()
  context.headers.apply(action.requestHeaders, stream.head.headers, stream.info)
  if (match.rewrites) rewrite(stream, match, context)
  stream.head.headers.remove('host')
  const forwarding = new Forwarding(planForwarding(stream, { match, action, cluster }, context))
  forwarding.start(endStream)
  return forwarding
}

/** What Envoy answers where the control plane has a cluster drop requests. */
function dropReply(suppressEnvoyHeaders: boolean): LocalReply {
  return {
    status: 503,
    body: 'drop overload',
    details: 'drop_overload',
    flag: 'DO',
    ...(!suppressEnvoyHeaders && { headers: { 'x-envoy-drop-overload': 'true' } }),
  }
}

/** Puts the route's rewrites into a request whose headers have been changed: host and path go by what these then say. */
function rewrite({ head, info }: RouterStream, match: Match, context: RouterContext): void {
  const upstream = match.applyToRequest(new MatchRequest(head), {
    format: context.headers.text(info),
    headersAreMutated: true,
  })
  if (upstream.forwardedHost !== undefined) {
    head.headers.append('x-forwarded-host', upstream.forwardedHost)
  }
  head.path = upstream.path
  const { originalAuthority } = upstream
  // Where the chosen host gives the authority, nothing is rewritten yet.
  const rewritten = match.action.kind === 'cluster' && !match.action.autoHostRewrite
  if (rewritten && originalAuthority !== undefined && !context.suppressEnvoyHeaders) {
    head.headers.set('x-envoy-original-host', originalAuthority)
  }
  head.authority = upstream.authority
  if (upstream.originalPath !== undefined && !context.suppressEnvoyHeaders) {
    head.headers.set('x-envoy-original-path', upstream.originalPath)
  }
}

function refuse(stream: RouterStream, reply: LocalReply): RouterRequest {
  stream.respondLocally(reply)
  return nothing
}

const nothing: RouterRequest = {
  data: () => undefined,
  trailers: () => undefined,
  downstreamWritable: () => undefined,
  cancel: () => undefined,
}
