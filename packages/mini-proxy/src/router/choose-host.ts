import { hashOfKeys } from '@meshwright/lb-algorithms'
import type { AttemptedHosts, HostPredicate, PreviousPriorities } from '@meshwright/resilience'
import { type HashPolicy, hashKeys } from '@meshwright/route-matcher'
import type { PickContext, UpstreamHost } from '../cluster/cluster.ts'
import { MatchRequest } from '../http/match-request.ts'
import type { ForwardingPlan } from './forwarding-plan.ts'
import type { RetryRules } from './retry-rules.ts'
import type { RouterStream } from './router-stream.ts'

/** What is known of the tries before. */
export interface RetryFacts {
  readonly rules: RetryRules
  readonly attempted: AttemptedHosts
  readonly priorities: PreviousPriorities | undefined
}

/**
 * The host for the next try. One that the rules of retries reject is drawn again, a bounded number of times.
 *
 * @param retry undefined: this is the first try, and nothing is held against it
 */
export function chooseHost(
  { stream, to, hashPolicies, context: { random } }: ForwardingPlan,
  retry: RetryFacts | undefined,
): UpstreamHost | undefined {
  const { headers } = stream.head
  const { originalDestinationHeader } = to.cluster
  const destination =
    originalDestinationHeader === undefined
      ? stream.connection.originalDestination
      : headers.get(originalDestinationHeader)
  const { metadataMatch } = to.action
  // Nearly every request needs no more than these two.
  const context: Writable<PickContext> = { random, headers }
  if (retry !== undefined) Object.assign(context, avoided(retry))
  else if (stream.info.overrideHost !== undefined) Object.assign(context, asked(stream))
  if (destination !== undefined) context.originalDestination = destination
  const hash = hashPolicies.length === 0 ? undefined : hashOf(stream, hashPolicies)
  if (hash !== undefined) context.hash = hash
  if (metadataMatch !== undefined) context.metadataMatch = metadataMatch
  return to.cluster.pick(context)
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

function hashOf(
  { head, info }: RouterStream,
  policies: readonly HashPolicy[],
): ReturnType<typeof hashOfKeys> {
  const sourceIp = info.remoteAddress
  return hashOfKeys(hashKeys(policies, new MatchRequest(head), { sourceIp }))
}

/** As in Envoy only a first try goes where a filter asks for. */
function asked({ info }: RouterStream): Partial<PickContext> | undefined {
  const { overrideHost } = info
  if (overrideHost === undefined) return undefined
  return { overrideHosts: [overrideHost.address], overrideStrictly: overrideHost.strictly }
}

function avoided(retry: RetryFacts): Partial<PickContext> {
  const { rules, attempted, priorities } = retry
  // Only this module's own hosts were added.
  const hosts = attempted.hosts as readonly UpstreamHost[]
  return {
    attempted: hosts,
    ...(priorities !== undefined && { retryPriorities: priorities }),
    ...(rules.predicates.length > 0 && {
      tried: new Rejected(rules.predicates, attempted),
      hostSelectionAttempts: rules.hostSelectionMaxAttempts,
    }),
  }
}

/** Hosts that a predicate does not want. */
class Rejected {
  readonly #predicates: readonly HostPredicate<UpstreamHost>[]
  readonly #attempted: AttemptedHosts

  constructor(predicates: readonly HostPredicate<UpstreamHost>[], attempted: AttemptedHosts) {
    this.#predicates = predicates
    this.#attempted = attempted
  }

  has(host: UpstreamHost): boolean {
    return this.#predicates.some((rejects) => rejects(host, this.#attempted))
  }
}
