import type { HashPolicy } from '@meshwright/route-matcher'
import type { ClusterCounters } from '../cluster/cluster-counters.ts'
import type { Destination } from './destination.ts'
import type { RetryRules } from './retry-rules.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'
import type { Timeouts } from './timeouts.ts'
import type { OpenTunnel } from './upstream-try.ts'

/** What the tries of one request share and go by. */
export interface TryParts {
  readonly stream: RouterStream
  readonly to: Destination
  readonly context: RouterContext
  readonly counters: ClusterCounters
  readonly timeouts: Timeouts
  /** Undefined: there are no retries. */
  readonly rules: RetryRules | undefined
  readonly hashPolicies: readonly HashPolicy[]
  /** Undefined: a connection of the pool. */
  readonly open: OpenTunnel | undefined
}
