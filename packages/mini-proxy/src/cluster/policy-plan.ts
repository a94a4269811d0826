import type {
  LeastRequestOptions,
  LoadReportOptions,
  RoundRobinOptions,
  SubsetOptions,
} from '@meshwright/lb-algorithms'
import type { ConsistentHashing } from './consistent-hashing.ts'

/** How a host is chosen among those that may be used. */
export type BalancingPolicy =
  | { readonly kind: 'round-robin'; readonly options: Pick<RoundRobinOptions, 'slowStart'> }
  | { readonly kind: 'random' }
  | { readonly kind: 'least-request'; readonly options: LeastRequestOptions }
  | { readonly kind: 'load-report'; readonly options: LoadReportOptions }
  | ConsistentHashing
  | {
      readonly kind: 'subset'
      readonly options: Omit<SubsetOptions<never>, 'create'>
      /** How each subset is balanced. */
      readonly within: BalancingPolicy
    }
  | {
      readonly kind: 'override-host'
      /** Headers in lower case in which requests name hosts; the first that does counts. */
      readonly headers: readonly string[]
      readonly fallback: BalancingPolicy
    }

/** How localities are chosen before hosts are. */
export interface LocalityPlan {
  readonly localityWeighted: boolean
  /** Undefined: zones do not count. */
  readonly zoneAware: ZonePlan | undefined
}

/** What zone-aware routing goes by, the callers left out: they come and go. */
export interface ZonePlan {
  readonly minClusterSize?: number
  readonly routingEnabledPercent?: number
  readonly forceLocalMinSize?: number
  readonly basis: 'hosts' | 'weights'
  readonly failTrafficOnPanic: boolean
}

/** A policy with what it says of localities. */
export interface PolicyPlan {
  readonly policy: BalancingPolicy
  readonly localities: LocalityPlan
}
