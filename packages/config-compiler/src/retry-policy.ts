import type { HttpRetry, MeshConfig } from '@meshwright/mesh-config'
import type { RetryPolicyJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { typeUrl } from './names.ts'
import { present } from './present.ts'

// What Istio does for every route that says nothing of retries.
const defaultRetryOn = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes'
const defaultAttempts = 2
const hostSelectionAttempts = '5'

/**
 * When and how requests of a route are tried again; nothing if they are not.
 *
 * `hashed`: the route picks hosts by a hash. Then hosts already tried are not avoided by default,
 * since the hash would be worth nothing.
 */
export function retryPolicy(
  retries: HttpRetry | undefined,
  mesh: MeshConfig,
  hashed: boolean,
): RetryPolicyJson | undefined {
  const settings = retries ?? mesh.defaultHttpRetryPolicy ?? {}
  const attempts = settings.attempts ?? defaultAttempts
  if (attempts <= 0) return undefined
  const { retryOn, codes } = conditions(settings.retryOn)
  const avoidPrevious = settings.retryIgnorePreviousHosts ?? !hashed
  return present({
    retryOn,
    retriableStatusCodes: codes.length > 0 ? codes : undefined,
    numRetries: attempts,
    perTryTimeout: settings.perTryTimeout,
    retryHostPredicate: avoidPrevious ? [previousHosts] : undefined,
    hostSelectionRetryMaxAttempts: hostSelectionAttempts,
    retryPriority: settings.retryRemoteLocalities === true ? previousPriorities : undefined,
    retryBackOff: settings.backoff === undefined ? undefined : { baseInterval: settings.backoff },
  })
}

const previousHosts = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  typedConfig: {
    '@type': typeUrl('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
  },
}

const previousPriorities = {
  name: 'envoy.retry_priorities.previous_priorities',
  typedConfig: {
    '@type': typeUrl(
      'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
    ),
    // Every second retry moves on to the next priority, as in Istio.
    updateFrequency: 2,
  },
}

/** Istio lets a list of conditions contain status codes; Envoy wants them apart. */
function conditions(text: string | undefined): {
  readonly retryOn: string
  readonly codes: readonly number[]
} {
  if (text === undefined || text === '') return { retryOn: defaultRetryOn, codes: [] }
  const names: string[] = []
  const codes: number[] = []
  for (const part of text.split(',').map((item) => item.trim())) {
    if (/^\d{3}$/.test(part)) codes.push(Number(part))
    else if (part !== '') names.push(part)
  }
  const byCode = 'retriable-status-codes'
  if (codes.length > 0 && !names.includes(byCode)) names.push(byCode)
  return { retryOn: names.join(','), codes }
}
