import type { HashPolicy } from '@meshwright/route-matcher'
import type { ByOrigin, ClusterCounters } from '../cluster/cluster-counters.ts'
import { connectTunnel } from './connect-tunnel.ts'
import type { Destination } from './destination.ts'
import { originOf } from './response-charge.ts'
import { type RetryRules, retryRulesFor } from './retry-rules.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'
import { sessionCookies } from './session-cookies.ts'
import { steeringHeaders, type Timeouts, timeoutsOf } from './timeouts.ts'
import type { OpenTunnel } from './upstream-try.ts'

/** What is decided of a request before its first try, and does not change from then on. */
export interface ForwardingPlan {
  readonly stream: RouterStream
  readonly to: Destination
  readonly context: RouterContext
  readonly counters: ClusterCounters
  /** Those of the counters that belong to where the request comes from. */
  readonly origin: ByOrigin
  /** It has some of the {@link steeringHeaders}. */
  readonly isSteered: boolean
  readonly timeouts: Timeouts
  /** Undefined: there are no retries. */
  readonly rules: RetryRules | undefined
  readonly hashPolicies: readonly HashPolicy[]
  /** Values of `set-cookie` for the response. */
  readonly setCookies: readonly string[]
  /** Undefined: a connection of the pool. */
  readonly open: OpenTunnel | undefined
}

/** Decides how a request is forwarded, by its route and its own headers. */
export function planForwarding(
  stream: RouterStream,
  to: Destination,
  context: RouterContext,
): ForwardingPlan {
  const { head } = stream
  const { action, cluster } = to
  const { counters } = cluster
  const isSteered = steeringHeaders.isIn(head.headers)
  const { policies: hashPolicies, setCookies } = sessionCookies(stream, action.hashPolicies)
  return {
    stream,
    to,
    context,
    counters,
    origin: originOf(counters, head),
    isSteered,
    timeouts: timeoutsOf(head, action, isSteered),
    rules: retryRulesFor(head, action.retryPolicy, isSteered),
    hashPolicies,
    setCookies,
    open: connectTunnel(stream, action, context.timers),
  }
}
