import type { AttemptedHosts } from '../attempted-hosts.ts'
import { checkCount } from '../check-option.ts'

/** Says of a host that a retry should not go to it. */
export type HostPredicate<Host> = (host: Host, attempted: AttemptedHosts) => boolean

/** Hosts that were tried before. Envoy: `envoy.retry_host_predicates.previous_hosts`. */
export function previousHosts<Host>(): HostPredicate<Host> {
  return (host, attempted) => attempted.has(host)
}

/** Canaries. Envoy: `envoy.retry_host_predicates.omit_canary_hosts`. */
export function omitCanaryHosts<Host>(isCanary: (host: Host) => boolean): HostPredicate<Host> {
  return (host) => isCanary(host)
}

/**
 * Hosts whose metadata has all of these values; none if there are no values. Envoy:
 * `envoy.retry_host_predicates.omit_host_metadata`.
 */
export function omitHostMetadata<Host>(
  values: Readonly<Record<string, unknown>>,
  metadataOf: (host: Host) => Readonly<Record<string, unknown>> | undefined,
): HostPredicate<Host> {
  const wanted = Object.entries(values)
  return (host) => {
    const metadata = metadataOf(host)
    return (
      wanted.length > 0 &&
      metadata !== undefined &&
      wanted.every(([key, value]) => Object.hasOwn(metadata, key) && isEqual(metadata[key], value))
    )
  }
}

/** How to choose. */
export interface HostChoice<Host> {
  /** A balancer's choice, another each time if it can. */
  pick(): Host | undefined
  readonly predicates: readonly HostPredicate<Host>[]
  readonly attempted: AttemptedHosts
  /** How often a host that a predicate rejects is chosen anew. Default: 1. Envoy: `host_selection_retry_max_attempts`. */
  readonly maxAttempts?: number
}

/**
 * A host for the next try: one that no predicate rejects, or, when the attempts are used up, the last that was picked, as Envoy. A
 * first try is not held against the predicates.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function chooseHost<Host>(choice: HostChoice<Host>): Host | undefined {
  const { predicates, attempted } = choice
  const most = checkCount('maxAttempts', choice.maxAttempts ?? 1)
  let host = choice.pick()
  if (attempted.hosts.length === 0) return host
  for (let left = most; left > 0 && host !== undefined; left--) {
    const picked = host
    if (!predicates.some((rejects) => rejects(picked, attempted))) break
    host = choice.pick()
  }
  return host
}

const deepest = 32

/** Whether two values of JSON are the same; what is nested deeper than 32 levels is not. */
function isEqual(a: unknown, b: unknown, depth = 0): boolean {
  if (Object.is(a, b)) return true
  if (depth >= deepest || typeof a !== 'object' || typeof b !== 'object') return false
  if (a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a)
  const right = new Map(Object.entries(b))
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && isEqual(value, right.get(key), depth + 1))
  )
}
