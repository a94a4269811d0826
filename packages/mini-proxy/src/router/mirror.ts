import type { ClusterAction, MirrorPolicy } from '@meshwright/route-matcher'
import type { RequestHead } from '../http/stream.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'
import { UpstreamTry } from './upstream-try.ts'

/** Sends copies of a whole request where the route's mirror policies want them; nobody waits for the answers. */
export function mirror(
  stream: RouterStream,
  action: ClusterAction,
  body: Buffer,
  context: RouterContext,
): void {
  for (const policy of action.mirrors) {
    const { numerator, denominator } = policy.fraction
    if (context.random() * denominator < numerator) sendCopy(stream, policy, body, context)
  }
}

/** A copy whose answer has not come by then is given up. */
const mirrorTimeoutMs = 15_000

function sendCopy(
  stream: RouterStream,
  policy: MirrorPolicy,
  body: Buffer,
  context: RouterContext,
): void {
  const { head } = stream
  const name = policy.cluster ?? head.headers.get(policy.clusterHeader ?? '')
  const cluster = name === undefined ? undefined : stream.clusters.get(name)
  const host = cluster?.pick({ random: context.random })
  if (cluster === undefined || host === undefined) return
  const copy: RequestHead = {
    ...head,
    authority: mirroredAuthority(head.authority, policy),
    headers: head.headers.clone(),
  }
  context.headers.applyList(policy.requestHeadersMutations, copy.headers, stream.info)
  const timer = context.timers.setTimeout(() => {
    attempt.reportTimeout()
    attempt.cancel()
  }, mirrorTimeoutMs)
  const over = () => context.timers.clearTimeout(timer)
  const attempt = new UpstreamTry(cluster, host, 'default', {
    onReady(it) {
      it.sendHead(copy, body.length === 0)
      if (body.length > 0) it.sendData(body, true)
    },
    onInterim: () => undefined,
    onHead: (_it, _head, endStream) => endStream && over(),
    onData: (_chunk, endStream) => endStream && over(),
    onTrailers: over,
    onWritable: () => undefined,
    onReset: over,
  })
  attempt.start()
}

function mirroredAuthority(authority: string, policy: MirrorPolicy): string {
  if (policy.hostRewriteLiteral !== undefined) return policy.hostRewriteLiteral
  if (!policy.appendShadowSuffix) return authority
  const port = /:\d+$/.exec(authority)
  return port === null
    ? `${authority}-shadow`
    : `${authority.slice(0, port.index)}-shadow${port[0]}`
}
