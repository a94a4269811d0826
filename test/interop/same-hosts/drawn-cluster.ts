import {
  type Balancer,
  type Host,
  type HostEntry,
  type HostSet,
  hostSet,
  type LocalityHosts,
  maglev,
  ringHash,
} from '@meshwright/lb-algorithms'
import type { Draw } from './draw.ts'

/** A cluster that Envoy and we are both told of. */
export interface DrawnCluster {
  readonly name: string
  /** Its policy, in the fields of an Envoy cluster. */
  readonly policy: Readonly<Record<string, unknown>>
  readonly localities: readonly DrawnLocality[]
  readonly localityWeighted: boolean
  /** Makes our balancer of it. */
  balancer(hosts: HostSet<Host>): Balancer<Host>
}

export interface DrawnLocality {
  readonly zone: string
  readonly priority: number
  readonly weight: number
  readonly endpoints: readonly DrawnEndpoint[]
}

export interface DrawnEndpoint {
  readonly port: number
  readonly hostname: string
  readonly weight: number
  readonly hashKey: string | undefined
  readonly health: 'HEALTHY' | 'UNHEALTHY' | 'DEGRADED'
}

/** Draws a cluster whose endpoints are some of `ports`. */
export function drawCluster(index: number, draw: Draw, ports: readonly number[]): DrawnCluster {
  return {
    name: `drawn-${index}`,
    localities: drawLocalities(draw, ports),
    localityWeighted: draw.chance(0.4),
    ...(draw.chance(0.6) ? drawRing(draw) : drawMaglev(draw)),
  }
}

/** The hosts of a cluster as our balancers take them. */
export function hostsOf({ localities, localityWeighted }: DrawnCluster): HostSet<Host> {
  return hostSet(localities.map(localityHosts), { localityWeighted })
}

type DrawnPolicy = Pick<DrawnCluster, 'policy' | 'balancer'>

function drawRing(draw: Draw): DrawnPolicy {
  const minRingSize = draw.one([1, 12, 100, 1024, 5000])
  const maxRingSize = draw.chance(0.3) ? minRingSize + draw.one([0, 1, 30]) : 8_388_608
  const hashFunction = draw.chance(0.3) ? 'murmurHash2' : 'xxHash64'
  const useHostname = draw.chance(0.3)
  return {
    policy: {
      lbPolicy: 'RING_HASH',
      ringHashLbConfig: {
        minimumRingSize: minRingSize,
        maximumRingSize: maxRingSize,
        hashFunction: hashFunction === 'xxHash64' ? 'XX_HASH' : 'MURMUR_HASH_2',
      },
      commonLbConfig: { consistentHashingLbConfig: { useHostnameForHashing: useHostname } },
    },
    balancer: (hosts) => ringHash(hosts, { minRingSize, maxRingSize, hashFunction, useHostname }),
  }
}

function drawMaglev(draw: Draw): DrawnPolicy {
  const tableSize = draw.one([7, 251, 65_537])
  const useHostname = draw.chance(0.3)
  return {
    policy: {
      lbPolicy: 'MAGLEV',
      maglevLbConfig: { tableSize },
      commonLbConfig: { consistentHashingLbConfig: { useHostnameForHashing: useHostname } },
    },
    balancer: (hosts) => maglev(hosts, { tableSize, useHostname }),
  }
}

/** Hosts of one cluster differ, so each port is taken once. */
function drawLocalities(draw: Draw, ports: readonly number[]): DrawnLocality[] {
  const left = draw.shuffled(ports)
  const weights = draw.one([[1], [1, 2, 3, 4, 5], [1, 1000]])
  const healthy = draw.one([0.9, 0.6, 0.3])
  // Envoy goes by their names and not by the order in which they are listed.
  const zones = draw.shuffled(['a', 'b', 'c', 'd']).slice(0, 1 + draw.below(4))
  let highest = 0
  return zones.map((zone, i) => ({
    zone,
    // Envoy wants priorities without gaps.
    priority: i > 0 && draw.chance(0.5) ? ++highest : draw.below(highest + 1),
    weight: draw.below(4),
    endpoints: left
      .splice(0, 1 + draw.below(6))
      .map((port) => drawEndpoint(draw, port, draw.one(weights), healthy)),
  }))
}

function drawEndpoint(draw: Draw, port: number, weight: number, healthy: number): DrawnEndpoint {
  return {
    port,
    hostname: `host-${port}.example`,
    weight,
    hashKey: draw.chance(0.1) ? `key-${port}` : undefined,
    health: draw.chance(healthy) ? 'HEALTHY' : draw.one(['UNHEALTHY', 'DEGRADED']),
  }
}

function localityHosts({ zone, priority, weight, endpoints }: DrawnLocality): LocalityHosts<Host> {
  return { locality: { zone }, priority, weight, hosts: endpoints.map(hostEntry) }
}

const healthOf = { HEALTHY: 'healthy', UNHEALTHY: 'unhealthy', DEGRADED: 'degraded' } as const

function hostEntry({ port, hostname, weight, hashKey, health }: DrawnEndpoint): HostEntry<Host> {
  return {
    host: { address: `127.0.0.1:${port}`, hostname },
    weight,
    health: healthOf[health],
    ...(hashKey !== undefined && { metadata: { hash_key: hashKey } }),
  }
}
