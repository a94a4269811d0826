import type { Balancer, PickContext } from './balancer.ts'
import type { Health, Host, HostEntry, HostSet } from './host-set.ts'

export interface OverrideHostOptions<H extends Host> {
  /** Chooses where none of the named hosts may be used. */
  readonly fallback: Balancer<H>
  /** Which hosts may be named. Envoy: `override_host_status`. Default: healthy and degraded. */
  readonly usable?: readonly Health[]
  /** Answer nothing rather than ask the fallback for a request that names hosts. Envoy: `strict`. Default: false. */
  readonly strict?: boolean
}

/**
 * The first of the hosts that `context.overrideHosts` names that is in the set, may be used and was not tried; or else what the
 * fallback says. It goes through sessions (see `hostOfSession`), endpoint pickers and retries along a list. O(1) per named host;
 * the set is indexed in O(n) when a request first names one.
 *
 * `update` goes over to another set together with the fallback.
 */
export function overrideHost<H extends Host>(
  hosts: HostSet<H>,
  { fallback, usable = ['healthy', 'degraded'], strict = false }: OverrideHostOptions<H>,
): Balancer<H> {
  let set = hosts
  let byAddress: ReadonlyMap<string, HostEntry<H>> | undefined

  function named(context: PickContext<H>, addresses: readonly string[]): H | undefined {
    byAddress ??= indexOf(set)
    for (const address of addresses) {
      const entry = byAddress.get(address)
      if (entry === undefined || !usable.includes(entry.health ?? 'healthy')) continue
      if (context.tried === undefined || !context.tried.has(entry.host)) return entry.host
    }
    return undefined
  }

  return {
    pick(context) {
      const { overrideHosts } = context
      if (overrideHosts === undefined || overrideHosts.length === 0) return fallback.pick(context)
      const host = named(context, overrideHosts)
      return host === undefined && !strict ? fallback.pick(context) : host
    },
    update(next) {
      set = next
      byAddress = undefined
      fallback.update(next)
    },
  }
}

function indexOf<H extends Host>(set: HostSet<H>): Map<string, HostEntry<H>> {
  const index = new Map<string, HostEntry<H>>()
  for (const entry of set.hosts) {
    // Of several with one address the first counts.
    if (!index.has(entry.host.address)) index.set(entry.host.address, entry)
  }
  return index
}
