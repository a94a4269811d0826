import { HostSetError } from './errors.ts'
import { type PriorityLoad, priorityLoad } from './priority-load.ts'

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

/** What a set knows of one host. */
export interface HostEntry<H extends Host> {
  readonly host: H
  /** Share among the hosts of its locality: an integer of at least 1. Default: 1. */
  readonly weight?: number
  /** Default: healthy. */
  readonly health?: Health
  /** Of Envoy's `envoy.lb`; what a subset is chosen by. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Where hosts are. */
export interface Locality {
  readonly region?: string
  readonly zone?: string
  readonly subZone?: string
}

/** Hosts of one place and one priority, as in an EDS answer. */
export interface LocalityHosts<H extends Host> {
  readonly locality?: Locality
  /** 0 is tried first. Default: 0. */
  readonly priority?: number
  /** Share among the localities of its priority; undefined or 0: none, where localities are weighted. */
  readonly weight?: number
  readonly hosts: readonly HostEntry<H>[]
}

export interface HostSetOptions {
  /** A priority counts as healthy while its share of available hosts × this percentage is at least 100. Default: 140. */
  readonly overprovisioningFactor?: number
  /** Below this percentage of available hosts, health is ignored. 0 switches panic off. Default: 50. */
  readonly panicThresholdPercent?: number
  /** In panic answer nothing rather than any host. Default: false. */
  readonly failTrafficOnPanic?: boolean
  /** Choose a locality by weight first, then a host in it. Default: false. */
  readonly localityWeighted?: boolean
}

/** An immutable set of hosts, with everything that follows from their health worked out. */
export interface HostSet<H extends Host> {
  readonly size: number
  /** Every host, in the order given. */
  readonly hosts: readonly HostEntry<H>[]
  /** By number, without gaps. */
  readonly priorities: readonly Priority<H>[]
  readonly failTrafficOnPanic: boolean
  readonly localityWeighted: boolean
}

/** Hosts sorted by whether they may be used. */
export interface HostGroup<H extends Host> {
  readonly all: readonly HostEntry<H>[]
  readonly healthy: readonly HostEntry<H>[]
  readonly degraded: readonly HostEntry<H>[]
}

/** The hosts of one priority. */
export interface Priority<H extends Host> extends HostGroup<H> {
  /** Percent of the traffic that goes to its healthy hosts; in panic, to all of them. */
  readonly healthyLoad: number
  /** Percent of the traffic that goes to its degraded hosts. */
  readonly degradedLoad: number
  /** Too few hosts are available: every host is used. */
  readonly panic: boolean
  /** By region, zone and sub-zone. */
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
 * Builds a host set.
 *
 * @throws {HostSetError} if a weight is not an integer from 1 to 2^32 - 1 (for a locality, from 0), a priority not one from 0 to 127,
 * or a percentage is out of its range.
 */
export function hostSet<H extends Host>(
  localities: readonly LocalityHosts<H>[],
  options: HostSetOptions = {},
): HostSet<H> {
  const settings = { ...defaults, ...options }
  check('overprovisioningFactor', settings.overprovisioningFactor, 100, maxUint32)
  check('panicThresholdPercent', settings.panicThresholdPercent, 0, 100)
  const groups = groupByPriority(localities)
  const byPriority = groups.map((group) => groupHosts(group.flatMap(({ hosts }) => hosts)))
  const load = priorityLoad(
    byPriority.map(({ all, healthy, degraded }) => ({
      total: all.length,
      healthy: healthy.length,
      degraded: degraded.length,
    })),
    settings.overprovisioningFactor,
    settings.panicThresholdPercent,
  )
  const hosts = localities.flatMap((locality) => locality.hosts)
  return {
    size: hosts.length,
    hosts,
    priorities: byPriority.map((group, i) => ({
      ...group,
      ...loadOf(load, i),
      localities: (groups[i] ?? [])
        .toSorted(byLocality)
        .map((it) => localityGroup(it, settings.overprovisioningFactor)),
    })),
    failTrafficOnPanic: settings.failTrafficOnPanic,
    localityWeighted: settings.localityWeighted,
  }
}

/** Envoy's own. */
const defaults: Required<HostSetOptions> = {
  overprovisioningFactor: 140,
  panicThresholdPercent: 50,
  failTrafficOnPanic: false,
  localityWeighted: false,
}

const maxUint32 = 0xffff_ffff
/** Envoy refuses more. */
const maxPriority = 127

function groupByPriority<H extends Host>(
  localities: readonly LocalityHosts<H>[],
): LocalityHosts<H>[][] {
  const groups: LocalityHosts<H>[][] = [[]]
  for (const locality of localities) {
    const { priority = 0, weight = 0, hosts } = locality
    check('priority', priority, 0, maxPriority)
    check('weight of a locality', weight, 0, maxUint32)
    for (const host of hosts) check('weight of a host', host.weight ?? 1, 1, maxUint32)
    while (groups.length <= priority) groups.push([])
    groups[priority]?.push(locality)
  }
  return groups
}

function check(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new HostSetError(what, `an integer from ${min} to ${max}`, value)
}

function groupHosts<H extends Host>(all: readonly HostEntry<H>[]): HostGroup<H> {
  return {
    all,
    healthy: all.filter(({ health = 'healthy' }) => health === 'healthy'),
    degraded: all.filter(({ health }) => health === 'degraded'),
  }
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

/** As Envoy: by region, zone and sub-zone. */
function byLocality(a: LocalityHosts<Host>, b: LocalityHosts<Host>): number {
  const [left, right] = [a.locality ?? {}, b.locality ?? {}]
  return (
    compareText(left.region, right.region) ||
    compareText(left.zone, right.zone) ||
    compareText(left.subZone, right.subZone)
  )
}

function compareText(a = '', b = ''): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function localityGroup<H extends Host>(
  { locality, weight = 0, hosts }: LocalityHosts<H>,
  overprovisioningFactor: number,
): LocalityGroup<H> {
  const group = groupHosts(hosts)
  const carried = (count: number): number =>
    count === 0 ? 0 : weight * Math.min(1, (overprovisioningFactor / 100) * (count / hosts.length))
  return {
    ...group,
    locality,
    weight,
    healthyWeight: carried(group.healthy.length),
    degradedWeight: carried(group.degraded.length),
  }
}
