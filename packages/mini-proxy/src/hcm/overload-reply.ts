import type { LocalReply } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { HcmRuntime } from './hcm-runtime.ts'

const overloaded: LocalReply = {
  status: 503,
  body: 'envoy overloaded',
  details: 'overload',
  flag: 'OM',
}

/** The answer to a request that the proxy is too full to serve, in Envoy's words. */
export function overloadReply({ context, stats }: HcmRuntime): LocalReply | undefined {
  const share = context.overload.stopAcceptingRequests
  if (share === 0 || context.random() >= share) return undefined
  stats.overloadCloses.inc()
  return overloaded
}

/** Makes an answer the last of its connection while connections are too many. */
export function closeForOverload(
  headers: HeaderList,
  { context, stats }: Pick<HcmRuntime, 'context' | 'stats'>,
): void {
  const share = context.overload.disableKeepalive
  if (share === 0 || context.random() >= share) return
  stats.overloadKeepalives.inc()
  headers.set('connection', 'close')
}
