import {
  type HostPredicate,
  omitCanaryHosts,
  omitHostMetadata,
  type PreviousPriorities,
  previousHosts,
  previousPriorities,
  type RetryPlan,
  retryPlan,
} from '@meshwright/resilience'
import type { RetryPolicy } from '@meshwright/route-matcher'
import type { UpstreamHost } from '../cluster/cluster.ts'
import type { RequestHead } from '../http/stream.ts'
import { type TypedConfigJson, typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'

/** What a route says of retries. */
export interface RetryRules {
  readonly plan: RetryPlan
  /** Hosts that retries should not go to. */
  readonly predicates: readonly HostPredicate<UpstreamHost>[]
  readonly hostSelectionMaxAttempts: number
  /** Begins what keeps retries of one request from priorities that were tried. Undefined: nothing does. */
  readonly priorities: (() => PreviousPriorities) | undefined
}

type PredicateJson = RetryPolicy['hostPredicateConfigs'][number]

const compiled = new WeakMap<RetryPolicy, RetryRules>()

/**
 * What a request may be retried by: the policy of its route, or its own headers. Undefined: nothing says anything.
 *
 * @param isSteered one of the headers is there by which requests steer the router
 */
export function retryRulesFor(
  { headers }: RequestHead,
  policy: RetryPolicy | undefined,
  isSteered: boolean,
): RetryRules | undefined {
  if (policy === undefined || policy.retryOn.length === 0) {
    if (!isSteered) return undefined
    const asks = headers.has('x-envoy-retry-on') || headers.has('x-envoy-retry-grpc-on')
    if (!asks) return undefined
  }
  return policy === undefined ? ofHeadersAlone : rulesOf(policy)
}

/** The names of host predicates in `policy` that are not known. */
export function unknownPredicates(predicates: readonly PredicateJson[]): string[] {
  return predicates.flatMap((it) =>
    compilePredicate(it) === undefined ? [it.name ?? nameOf(it)] : [],
  )
}

/** Whether `json` decides on priorities in a way that is not known. */
export function isUnknownPriority(json: RetryPolicy['retryPriority']): boolean {
  return json !== undefined && compilePriorities(json) === undefined
}

const ofHeadersAlone: RetryRules = {
  plan: retryPlan({}),
  predicates: [],
  hostSelectionMaxAttempts: 1,
  priorities: undefined,
}

function rulesOf(policy: RetryPolicy): RetryRules {
  const known = compiled.get(policy)
  if (known !== undefined) return known
  const made: RetryRules = {
    plan: retryPlan(policy),
    predicates: policy.hostPredicateConfigs.flatMap((it) => compilePredicate(it) ?? []),
    hostSelectionMaxAttempts: policy.hostSelectionMaxAttempts,
    priorities: policy.retryPriority && compilePriorities(policy.retryPriority),
  }
  compiled.set(policy, made)
  return made
}

/** Undefined: of a kind that is not known. */
function compilePredicate(predicate: PredicateJson): HostPredicate<UpstreamHost> | undefined {
  switch (nameOf(predicate)) {
    case 'envoy.retry_host_predicates.previous_hosts':
    case `${types}.previous_hosts.v3.PreviousHostsPredicate`:
      return previousHosts()
    case 'envoy.retry_host_predicates.omit_canary_hosts':
    case `${types}.omit_canary_hosts.v3.OmitCanaryHostsPredicate`:
      return omitCanaryHosts((host) => host.metadata['canary'] === true)
    case `${types}.omit_host_metadata.v3.OmitHostMetadataConfig`:
      return omitHostMetadata(labelsOf(predicate), (host) => host.metadata)
    default:
      return undefined
  }
}

const types = 'envoy.extensions.retry.host'

/** Undefined: of a kind that is not known. */
function compilePriorities(json: PredicateJson): RetryRules['priorities'] {
  if (nameOf(json) !== previousPrioritiesType) return undefined
  // The shape was validated with its message type.
  const { updateFrequency = 1 } = unwrapTypedStruct(json.typedConfig as TypedConfigJson) as {
    updateFrequency?: number
  }
  return () => previousPriorities({ updateFrequency })
}

const previousPrioritiesType =
  'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig'

/** Envoy goes by the type of the configuration, and by the name only where there is none. */
function nameOf({ name = '', typedConfig }: PredicateJson): string {
  if (typedConfig === undefined) return name
  // The shape was validated with its message type.
  return typeNameOf(unwrapTypedStruct(typedConfig as TypedConfigJson)['@type'])
}

function labelsOf({ typedConfig }: PredicateJson): Readonly<Record<string, unknown>> {
  // The shape was validated with its message type.
  const config = typedConfig as {
    readonly metadataMatch?: {
      readonly filterMetadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
  }
  return config.metadataMatch?.filterMetadata?.['envoy.lb'] ?? {}
}
