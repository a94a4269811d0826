import type { LocalReply } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead } from '../http/stream.ts'
import type { HcmRuntime } from './hcm-runtime.ts'

const overloaded: LocalReply = {
  status: 503,
  body: 'envoy overloaded',
  details: 'overload',
  flag: 'OM',
}

/** The answer to a request that the proxy is too full to serve, in Envoy's words. */
export function overloadReply({ context, stats }: HcmRuntime): LocalReply | undefined {
  const { stopAcceptingRequests: share, loadShed } = context.overload
  const isRefused = share > 0 && context.random() < share
  if (!(isRefused || loadShed.decodeHeaders?.sheds())) return undefined
  stats.overloadCloses.inc()
  return overloaded
}

/** Makes an answer the last of its connection while clients are to leave. HTTP/2 has another way to say so. */
export function closeForOverload(
  headers: HeaderList,
  request: RequestHead,
  runtime: Pick<HcmRuntime, 'context' | 'stats'>,
): void {
  if (request.version !== '2' && leavesForOverload(runtime)) headers.set('connection', 'close')
}

/** Whether a client is to leave its connection: because the proxy fails its health checks, or has too many. Counts the latter. */
export function leavesForOverload({
  context,
  stats,
}: Pick<HcmRuntime, 'context' | 'stats'>): boolean {
  if (context.health.failed) return true
  const share = context.overload.disableKeepalive
  if (share === 0 || context.random() >= share) return false
  stats.overloadKeepalives.inc()
  return true
}
