import { hashOfKeys } from '@meshwright/lb-algorithms'
import { type ClusterAction, type HashPolicy, hashKeys } from '@meshwright/route-matcher'
import type { Cluster, PickContext, UpstreamHost } from '../cluster/cluster.ts'
import { MatchRequest } from '../http/match-request.ts'
import type { RetryState } from './retry-state.ts'
import type { RouterStream } from './router-stream.ts'

/** What the choice of a host depends on. */
export interface HostChoice {
  readonly stream: RouterStream
  readonly action: ClusterAction
  readonly hashPolicies: readonly HashPolicy[]
  readonly cluster: Cluster
  readonly retries: RetryState
  readonly tried: ReadonlySet<UpstreamHost>
  readonly random: () => number
}

/** The host for the next try. One that was tried before is drawn again, if the route asks for that, a bounded number of times. */
export function chooseHost(choice: HostChoice): UpstreamHost | undefined {
  return choice.cluster.pick(pickContext(choice))
}

function pickContext(choice: HostChoice): PickContext {
  const { stream, action, hashPolicies, cluster, retries, tried, random } = choice
  const { originalDestinationHeader } = cluster
  const destination =
    originalDestinationHeader === undefined
      ? stream.connection.originalDestination
      : stream.head.headers.get(originalDestinationHeader)
  const { metadataMatch } = action
  const sourceIp = stream.info.remoteAddress
  const hash =
    hashPolicies.length === 0
      ? undefined
      : hashOfKeys(hashKeys(hashPolicies, new MatchRequest(stream.head), { sourceIp }))
  return {
    random,
    ...(retries.avoidsPreviousHosts && {
      tried,
      hostSelectionAttempts: retries.hostSelectionMaxAttempts,
    }),
    ...(destination !== undefined && { originalDestination: destination }),
    ...(hash !== undefined && { hash }),
    ...(metadataMatch !== undefined && { metadataMatch }),
  }
}
