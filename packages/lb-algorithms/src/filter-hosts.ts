import { type Host, type HostEntry, type HostSet, hostSet, type LocalityHosts } from './host-set.ts'

export interface FilterHostsOptions {
  /** Localities keep their weights; if not, the set is not weighted by locality. Default: false. */
  readonly localityWeightAware?: boolean
  /** And weigh by the part of their hosts that is left. Default: false. */
  readonly scaleLocalityWeight?: boolean
}

/** The set of the hosts that belong, in their places. O(n). */
export function filterHosts<H extends Host>(
  set: HostSet<H>,
  belongs: (entry: HostEntry<H>) => boolean,
  { localityWeightAware = false, scaleLocalityWeight = false }: FilterHostsOptions = {},
): HostSet<H> {
  const localities = set.priorities.flatMap((group, priority) =>
    group.localities.map(({ locality, weight, all }): LocalityHosts<H> => {
      const hosts = all.toArray().filter(belongs)
      const share = all.length === 0 ? 0 : hosts.length / all.length
      return {
        ...(locality !== undefined && { locality }),
        priority,
        // Rounded, but to no less than 1: a locality that has hosts is not left out.
        weight:
          scaleLocalityWeight && weight > 0 ? Math.max(1, Math.round(weight * share)) : weight,
        hosts,
      }
    }),
  )
  const { settings } = set
  return hostSet(localities, {
    ...settings,
    localityWeighted: settings.localityWeighted && localityWeightAware,
  })
}
