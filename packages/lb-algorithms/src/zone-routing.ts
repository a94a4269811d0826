/**
 * Zone-aware routing: a caller sends to its own zone what that zone's share of the hosts allows, compared with the zone's share of
 * the callers; what is over goes where hosts are to spare. So zones fill up alike and as little as possible crosses them.
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/zone_aware
 */
import { HostSetError } from './errors.ts'
import type { Host, LocalityGroup } from './host-set.ts'
import { checkInteger, checkNumber, type HostSetSettings } from './host-set-settings.ts'
import { compareLocalities, type Locality } from './locality.ts'

/** Envoy: `zone_aware_lb_config`, with the hosts of its own cluster. */
export interface ZoneAwareOptions {
  /** The callers, by locality; the caller's own is that of the set's `locality`. */
  readonly peers: readonly LocalityPeers[]
  /** Fewer healthy hosts than this are shared by everybody. Default: 6. */
  readonly minClusterSize?: number
  /** How many of the requests are routed so. Default: 100. */
  readonly routingEnabledPercent?: number
  /** With so many healthy hosts or more the caller's own zone takes all, whatever its share. Envoy: `force_local_zone`. Default: by shares. */
  readonly forceLocalMinSize?: number | undefined
  /** What shares are reckoned in. Envoy: `locality_basis`. Default: hosts. */
  readonly basis?: 'hosts' | 'weights'
}

/** The callers in one locality. */
export interface LocalityPeers {
  readonly locality: Locality
  readonly total: number
  /** Default: all. */
  readonly healthy?: number
  /** Default: 0. */
  readonly degraded?: number
  /** Sum of the weights of the healthy ones. Default: their number. */
  readonly healthyWeight?: number
}

/** Where requests go by zone. */
export type ZoneRouting =
  /** Anywhere. */
  | { readonly kind: 'none' }
  /** To the caller's own locality, the first one. */
  | { readonly kind: 'direct' }
  /** To the own one, or to another by what it has to spare. */
  | {
      readonly kind: 'residual'
      /** Of 10 000 requests so many stay in the first locality. */
      readonly localShare: number
      /** What each locality and those before it have to spare, of 10 000. */
      readonly cumulativeResidual: readonly number[]
    }

const none: ZoneRouting = { kind: 'none' }
const tenThousand = 10_000

/** Works out the routing of the localities of one priority, in Envoy's integers. */
export function zoneRoutingOf(
  localities: readonly LocalityGroup<Host>[],
  { zoneAware, locality: own }: HostSetSettings,
): ZoneRouting {
  if (zoneAware === undefined || own === undefined) return none
  checkOptions(zoneAware)
  const { peers, minClusterSize = defaultMinClusterSize, forceLocalMinSize, basis } = zoneAware
  const isOwn = (it: Locality | undefined): boolean => compareLocalities(own, it) === 0
  const ownPeers = peers.find(({ locality }) => isOwn(locality))
  const healthyHosts = sum(localities.map(({ healthy }) => healthy.length))
  const enough = peers.length > 1 || forceLocalMinSize !== undefined
  if (localities.length < 2 || !enough) return none
  if (ownPeers === undefined || ownPeers.total === 0 || healthyHosts < minClusterSize) return none
  const hostsOf = ({ healthy }: LocalityGroup<Host>): number =>
    basis === 'weights' ? healthy.totalWeight : healthy.length
  const callersOf = (it: LocalityPeers): number =>
    basis === 'weights' ? (it.healthyWeight ?? healthyOf(it)) : healthyOf(it)
  const [allHosts, allCallers] = [sum(localities.map(hostsOf)), sum(peers.map(callersOf))]
  const shares = localities.map((group) => {
    const there = peers.find((it) => compareLocalities(it.locality, group.locality) === 0)
    if (group.healthy.length === 0) return { callers: 0, hosts: 0 }
    return {
      callers: share(there === undefined ? 0 : callersOf(there), allCallers),
      hosts: share(hostsOf(group), allHosts),
    }
  })
  const [first] = localities
  const hasOwn = isOwn(first?.locality)
  const isForced = (first?.healthy.length ?? 0) >= (forceLocalMinSize ?? Number.POSITIVE_INFINITY)
  return hasOwn && isForced ? { kind: 'direct' } : routingOf(shares, hasOwn)
}

/** Whether too few of the callers are healthy for their shares to mean anything. */
export function peersInPanic({ zoneAware, panicThresholdPercent }: HostSetSettings): boolean {
  if (zoneAware === undefined) return false
  const total = sum(zoneAware.peers.map((it) => it.total))
  const healthy = sum(zoneAware.peers.map(healthyOf))
  const degraded = sum(zoneAware.peers.map((it) => it.degraded ?? 0))
  const available = total === 0 ? 0 : (100 * healthy) / total + (100 * degraded) / total
  return available < panicThresholdPercent
}

interface Shares {
  /** Of 10 000 callers. */
  readonly callers: number
  /** Of 10 000 hosts. */
  readonly hosts: number
}

function routingOf(shares: readonly Shares[], hasOwn: boolean): ZoneRouting {
  const { callers = 0, hosts = 0 } = shares[0] ?? {}
  if (hasOwn && hosts > 0 && hosts >= callers) return { kind: 'direct' }
  let residual = 0
  const cumulativeResidual = shares.map((it, i) => {
    if (!(hasOwn && i === 0)) residual += Math.max(0, it.hosts - it.callers)
    return residual
  })
  const localShare = hasOwn && callers > 0 ? Math.floor((hosts * tenThousand) / callers) : 0
  return { kind: 'residual', localShare, cumulativeResidual }
}

const defaultMinClusterSize = 6

function checkOptions({
  peers,
  minClusterSize = 0,
  routingEnabledPercent = 0,
  forceLocalMinSize = 0,
  basis = 'hosts',
}: ZoneAwareOptions): void {
  if (basis !== 'hosts' && basis !== 'weights') {
    throw new HostSetError('basis', 'hosts or weights', basis)
  }
  checkInteger('minClusterSize', minClusterSize, [0, Number.MAX_SAFE_INTEGER])
  checkInteger('forceLocalMinSize', forceLocalMinSize, [0, Number.MAX_SAFE_INTEGER])
  checkNumber('routingEnabledPercent', routingEnabledPercent, [0, 100])
  for (const { total, healthy = 0, degraded = 0, healthyWeight = 0 } of peers) {
    checkNumber('healthyWeight of the peers', healthyWeight, [0, Number.MAX_SAFE_INTEGER])
    checkInteger('total of the peers', total, [0, Number.MAX_SAFE_INTEGER])
    checkInteger('healthy of the peers', healthy, [0, total])
    checkInteger('degraded of the peers', degraded, [0, total])
  }
}

function healthyOf({ total, healthy = total }: LocalityPeers): number {
  return healthy
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((tenThousand * part) / whole)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
