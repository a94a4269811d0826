/** An address that requests can go to. The caller's own object: the algorithms compare it by identity and hand it back. */
export interface Host {
  /** `ip:port`; what ring hash and Maglev hash. */
  readonly address: string
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
  /** Every host once, in the order given. */
  readonly hosts: readonly HostEntry<H>[]
  readonly priorities: readonly Priority<H>[]
}

/** The hosts of one priority. */
export interface Priority<H extends Host> {
  /** Percent of the traffic that goes to its healthy hosts. */
  readonly healthyLoad: number
  /** Percent of the traffic that goes to its degraded hosts. */
  readonly degradedLoad: number
  /** Too few hosts are available: every host is used. */
  readonly panic: boolean
  readonly localities: readonly LocalityHosts<H>[]
}
