import { HostSetError } from './errors.ts'
import { HostList } from './host-list.ts'
import {
  checkInteger,
  checkNumber,
  type HostSetOptions,
  type HostSetSettings,
  maxUint32,
  resolveSettings,
} from './host-set-settings.ts'
import { compareLocalities, type Locality } from './locality.ts'
import { type PriorityLoad, priorityLoad } from './priority-load.ts'
import { type ZoneRouting, zoneRoutingOf } from './zone-routing.ts'

/** An address that requests can go to. The caller's own object: the algorithms compare it by identity and hand it back. */
export interface Host {
  /** `ip:port`; what ring hash and Maglev hash. */
  readonly address: string
  /** What `useHostname` hashes in place of the address. */
  readonly hostname?: string | undefined
  /** Requests in flight, read by least request at every pick. The caller keeps it. Default: 0. */
  readonly activeRequests?: number
}

/** Degraded hosts take traffic only when the healthy ones cannot take all of it. */
export type Health = 'healthy' | 'degraded' | 'unhealthy'

/** What a set knows of one host. A host that is listed twice counts twice. */
export interface HostEntry<H extends Host> {
  readonly host: H
  /** Share among the hosts of its locality: an integer of at least 1. Default: 1. */
  readonly weight?: number
  /** Default: healthy. */
  readonly health?: Health
  /** Of Envoy's `envoy.lb`; what a subset is chosen by, and `hash_key`. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** When it became healthy, in ms on the clock of `context.now`: what slow start counts from. Default: long ago. */
  readonly healthySince?: number
}

/** Hosts of one place and one priority, as in an EDS answer. */
export interface LocalityHosts<H extends Host> extends Place {
  readonly hosts: readonly HostEntry<H>[]
}

/** Where in a set hosts belong. */
export interface Place {
  readonly locality?: Locality
  /** 0 is tried first. Default: 0. */
  readonly priority?: number
  /** Share among the localities of its priority; undefined or 0: none, where localities are weighted. */
  readonly weight?: number
}

/** An immutable set of hosts, with everything that follows from their health worked out. */
export interface HostSet<H extends Host> {
  readonly size: number
  /** Every host, in the order given. */
  readonly hosts: HostList<H>
  /** By number, without gaps. */
  readonly priorities: readonly Priority<H>[]
  readonly settings: HostSetSettings
  /** What zone-aware routing does in priority 0. */
  readonly zoneRouting: ZoneRouting
}

/** Hosts sorted by whether they may be used. */
export interface HostGroup<H extends Host> {
  readonly all: HostList<H>
  readonly healthy: HostList<H>
  readonly degraded: HostList<H>
}

/** The hosts of one priority. */
export interface Priority<H extends Host> extends HostGroup<H> {
  /** Percent of the traffic that goes to its healthy hosts; in panic, to all of them. */
  readonly healthyLoad: number
  /** Percent of the traffic that goes to its degraded hosts. */
  readonly degradedLoad: number
  /** Too few hosts are available: every host is used. */
  readonly panic: boolean
  /** The caller's own first, then by region, zone and sub-zone. */
  readonly localities: readonly LocalityGroup<H>[]
}

/** The hosts of one place in one priority. */
export interface LocalityGroup<H extends Host> extends HostGroup<H> {
  readonly locality: Locality | undefined
  /** Its weight as given; 0 if it has none. */
  readonly weight: number
  /** Its weight times the part of it that its healthy hosts can carry. */
  readonly healthyWeight: number
  /** Its weight times the part of it that its degraded hosts can carry. */
  readonly degradedWeight: number
}

/**
 * Builds a host set. O(n).
 *
 * @throws {HostSetError} if a weight is not an integer from 1 to 2^32 - 1 (for a locality, from 0), a priority not one from 0 to 127,
 * a health is unknown, a percentage is out of its range or a time is not a number.
 */
export function hostSet<H extends Host>(
  localities: readonly LocalityHosts<H>[],
  options: HostSetOptions = {},
): HostSet<H> {
  const settings = resolveSettings(options)
  for (const { hosts, ...place } of localities) {
    checkPlace(place)
    for (const entry of hosts) checkEntry(entry)
  }
  const byPriority = groupByPriority(localities).map((group) => {
    const groups = group.map(({ locality, weight = 0, hosts }) =>
      localityGroup(groupHosts(hosts), { locality, weight, settings }),
    )
    return {
      ...groupHosts(group.flatMap(({ hosts }) => hosts)),
      localities: groups.sort(localityOrder(settings.locality)),
    }
  })
  return assemble(HostList.of(localities.flatMap(({ hosts }) => hosts)), byPriority, settings)
}

/**
 * A set with one more host, which comes last. O(localities), however many hosts there are.
 *
 * @param place where it belongs; the weight counts only if its locality is new
 * @throws {HostSetError} as {@link hostSet}
 */
export function withHost<H extends Host>(
  set: HostSet<H>,
  entry: HostEntry<H>,
  place: Place = {},
): HostSet<H> {
  checkPlace(place)
  checkEntry(entry)
  const { settings } = set
  const priorities: PriorityGroup<H>[] = [...set.priorities]
  const { priority = 0 } = place
  while (priorities.length <= priority) priorities.push({ ...groupHosts<H>([]), localities: [] })
  const group = priorities[priority]
  if (group !== undefined) {
    const localities = extendLocality(group.localities, entry, { place, settings })
    priorities[priority] = { ...extend(group, entry), localities }
  }
  return assemble(set.hosts.with(entry), priorities, settings)
}

interface PriorityGroup<H extends Host> extends HostGroup<H> {
  readonly localities: readonly LocalityGroup<H>[]
}

function assemble<H extends Host>(
  hosts: HostList<H>,
  groups: readonly PriorityGroup<H>[],
  settings: HostSetSettings,
): HostSet<H> {
  const { overprovisioningFactor, panicThresholdPercent, weightedPriorityHealth } = settings
  const health = groups.map(({ all, healthy, degraded }) => ({
    total: all.length,
    healthy: healthy.length,
    degraded: degraded.length,
    ...(weightedPriorityHealth && {
      weights: {
        total: all.totalWeight,
        healthy: healthy.totalWeight,
        degraded: degraded.totalWeight,
      },
    }),
  }))
  const load = priorityLoad(health, overprovisioningFactor, panicThresholdPercent)
  return {
    size: hosts.length,
    hosts,
    priorities: groups.map(({ all, healthy, degraded, localities }, i) => ({
      all,
      healthy,
      degraded,
      localities,
      ...loadOf(load, i),
    })),
    settings,
    zoneRouting: zoneRoutingOf(groups[0]?.localities ?? [], settings),
  }
}

/** Envoy refuses more. */
const maxPriority = 127

function checkPlace({ priority = 0, weight = 0 }: Place): void {
  checkInteger('priority', priority, [0, maxPriority])
  checkInteger('weight of a locality', weight, [0, maxUint32])
}

function checkEntry({ weight = 1, health = 'healthy', healthySince = 0 }: HostEntry<Host>): void {
  if (health !== 'healthy' && health !== 'degraded' && health !== 'unhealthy') {
    throw new HostSetError('health of a host', 'healthy, degraded or unhealthy', health)
  }
  checkInteger('weight of a host', weight, [1, maxUint32])
  checkNumber('healthySince', healthySince, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
}

function groupByPriority<H extends Host>(
  localities: readonly LocalityHosts<H>[],
): LocalityHosts<H>[][] {
  const groups: LocalityHosts<H>[][] = [[]]
  for (const locality of localities) {
    const { priority = 0 } = locality
    while (groups.length <= priority) groups.push([])
    groups[priority]?.push(locality)
  }
  return groups
}

function groupHosts<H extends Host>(entries: readonly HostEntry<H>[]): HostGroup<H> {
  const all = HostList.of(entries)
  const healthy = entries.filter(({ health = 'healthy' }) => health === 'healthy')
  return {
    all,
    // Shared, so that growing costs once.
    healthy: healthy.length === entries.length ? all : HostList.of(healthy),
    degraded: HostList.of(entries.filter(({ health }) => health === 'degraded')),
  }
}

function extend<H extends Host>(group: HostGroup<H>, entry: HostEntry<H>): HostGroup<H> {
  const { health = 'healthy' } = entry
  const all = group.all.with(entry)
  if (health === 'healthy') {
    const healthy = group.healthy === group.all ? all : group.healthy.with(entry)
    return { all, healthy, degraded: group.degraded }
  }
  const degraded = health === 'degraded' ? group.degraded.with(entry) : group.degraded
  return { all, healthy: group.healthy, degraded }
}

function extendLocality<H extends Host>(
  localities: readonly LocalityGroup<H>[],
  entry: HostEntry<H>,
  { place, settings }: { readonly place: Place; readonly settings: HostSetSettings },
): readonly LocalityGroup<H>[] {
  const { locality } = place
  const known = localities.findIndex((it) => compareLocalities(it.locality, locality) === 0)
  const before = localities[known] ?? { ...groupHosts<H>([]), locality, weight: place.weight ?? 0 }
  const after = localityGroup(extend(before, entry), {
    locality: before.locality,
    weight: before.weight,
    settings,
  })
  if (known !== -1) return localities.with(known, after)
  return [...localities, after].sort(localityOrder(settings.locality))
}

function loadOf(
  { healthy, degraded, panic }: PriorityLoad,
  priority: number,
): { healthyLoad: number; degradedLoad: number; panic: boolean } {
  return {
    healthyLoad: healthy[priority] ?? 0,
    degradedLoad: degraded[priority] ?? 0,
    panic: panic[priority] ?? false,
  }
}

function localityOrder(own: Locality | undefined): (a: Localized, b: Localized) => number {
  const rank = ({ locality }: Localized): number =>
    own !== undefined && compareLocalities(own, locality) === 0 ? 0 : 1
  return (a, b) => rank(a) - rank(b) || compareLocalities(a.locality, b.locality)
}

interface Localized {
  readonly locality?: Locality | undefined
}

function localityGroup<H extends Host>(
  group: HostGroup<H>,
  {
    locality,
    weight,
    settings,
  }: {
    readonly locality: Locality | undefined
    readonly weight: number
    readonly settings: HostSetSettings
  },
): LocalityGroup<H> {
  const { all, healthy, degraded } = group
  const factor = settings.overprovisioningFactor / 100
  const carried = (count: number): number =>
    all.length === 0 ? 0 : weight * Math.min(1, factor * (count / all.length))
  return {
    all,
    healthy,
    degraded,
    locality,
    weight,
    healthyWeight: carried(healthy.length),
    degradedWeight: carried(degraded.length),
  }
}
