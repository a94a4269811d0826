import {
  type Balancer,
  type Host,
  type HostEntry,
  hostSet,
  type LocalityHosts,
  maglev,
  type RingHashOptions,
  ringHash,
} from '@meshwright/lb-algorithms'
import { drawFrom } from '../same-routes/draw.ts'

/** A cluster of which Envoy and we are both told. */
export interface DrawnCluster {
  readonly name: string
  /** Of an Envoy cluster: its policy. */
  readonly policy: Readonly<Record<string, unknown>>
  readonly localities: readonly DrawnLocality[]
  readonly localityWeighted: boolean
  readonly balancer: Balancer<Host>
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

/** Where the endpoints of all clusters are. */
export const loopback = '127.0.0.1'

type Draw = ReturnType<typeof drawFrom>

/** Draws a cluster whose endpoints listen on some of `ports`. */
export function drawCluster(index: number, draw: Draw, ports: readonly number[]): DrawnCluster {
  const localityWeighted = draw.chance(0.3)
  const localities = drawLocalities(draw, ports)
  const hosts = hostSet<Host>(localities.map(localityHosts), { localityWeighted })
  const drawn = draw.chance(0.6) ? drawRing(draw) : drawMaglev(draw)
  return {
    name: `drawn-${index}`,
    localities,
    localityWeighted,
    policy: drawn.policy,
    balancer: drawn.create(hosts),
  }
}

interface DrawnPolicy {
  readonly policy: Readonly<Record<string, unknown>>
  create(hosts: ReturnType<typeof hostSet<Host>>): Balancer<Host>
}

function drawRing(draw: Draw): DrawnPolicy {
  const murmur = draw.chance(0.3)
  const useHostname = draw.chance(0.3)
  const minRingSize = draw.from([1, 12, 100, 1024, 5000])
  const maxRingSize = draw.chance(0.3) ? minRingSize + draw.from([0, 1, 30]) : 8_388_608
  const options: Required<RingHashOptions> = {
    minRingSize,
    maxRingSize,
    hashFunction: murmur ? 'murmurHash2' : 'xxHash64',
    useHostname,
  }
  return {
    policy: {
      lbPolicy: 'RING_HASH',
      ringHashLbConfig: {
        minimumRingSize: minRingSize,
        maximumRingSize: maxRingSize,
        hashFunction: murmur ? 'MURMUR_HASH_2' : 'XX_HASH',
      },
      ...hostnameConfig(useHostname),
    },
    create: (hosts) => ringHash(hosts, options),
  }
}

function drawMaglev(draw: Draw): DrawnPolicy {
  const tableSize = draw.from([7, 251, 65_537])
  const useHostname = draw.chance(0.3)
  return {
    policy: {
      lbPolicy: 'MAGLEV',
      maglevLbConfig: { tableSize },
      ...hostnameConfig(useHostname),
    },
    create: (hosts) => maglev(hosts, { tableSize, useHostname }),
  }
}

function hostnameConfig(useHostnameForHashing: boolean): { commonLbConfig: object } {
  return { commonLbConfig: { consistentHashingLbConfig: { useHostnameForHashing } } }
}

/** Hosts of one cluster must differ, so each port is taken once. */
function drawLocalities(draw: Draw, ports: readonly number[]): DrawnLocality[] {
  const left = draw.shuffled(ports)
  const localities: DrawnLocality[] = []
  const count = 1 + draw.below(4)
  const priorities = 1 + draw.below(2)
  const weigh = draw.from<() => number>([
    () => 1,
    () => 1 + draw.below(5),
    () => draw.from([1, 1000]),
  ])
  for (let i = 0; i < count; i++) {
    const endpoints = left.splice(0, 1 + draw.below(6)).map((port) => drawEndpoint(draw, port, weigh()))
    // Envoy wants priorities without gaps.
    const priority = i === 0 ? 0 : draw.below(priorities)
    localities.push({ zone: `zone-${i}`, priority, weight: draw.below(4), endpoints })
  }
  return localities
}

function drawEndpoint(draw: Draw, port: number, weight: number): DrawnEndpoint {
  const health = draw.chance(0.8) ? 'HEALTHY' : draw.from(['UNHEALTHY', 'DEGRADED'] as const)
  return {
    port,
    hostname: `host-${port}.example`,
    weight,
    hashKey: draw.chance(0.1) ? `key-${port}` : undefined,
    health,
  }
}

function localityHosts({ zone, priority, weight, endpoints }: DrawnLocality): LocalityHosts<Host> {
  return { locality: { zone }, priority, weight, hosts: endpoints.map(hostEntry) }
}

function hostEntry({ port, hostname, weight, hashKey, health }: DrawnEndpoint): HostEntry<Host> {
  return {
    host: { address: `${loopback}:${port}`, hostname },
    weight,
    health: health.toLowerCase() as 'healthy' | 'unhealthy' | 'degraded',
    ...(hashKey !== undefined && { metadata: { hash_key: hashKey } }),
  }
}
