import type { OutlierOptions } from '@meshwright/circuit-breaker'
import type {
  Balancer,
  Health,
  Host,
  HostSet,
  HostSetOptions,
  Locality,
} from '@meshwright/lb-algorithms'
import { AdapterError } from '../errors.ts'
import type { RequestChoice, RequestView } from './request-view.ts'

/** One address and what is known of it. */
export interface HostOptions {
  /** `host:port`; an IPv6 address in brackets. What tells hosts apart. */
  readonly address: string
  /** An integer of at least 1. Default: 1. */
  readonly weight?: number
  /** What is known from elsewhere, an active health check for instance. Default: healthy. */
  readonly health?: Health
  /** A host that is not has no place in the set, not even in panic, but is not forgotten. Default: true. */
  readonly isUsable?: boolean
  /** For subsets, and `hash_key`. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Default: none. */
  readonly locality?: Locality
  /** Share of its locality, where localities are weighted; that of the first of its hosts counts. Default: 0. */
  readonly localityWeight?: number
  /** 0 is tried first. Default: 0. */
  readonly priority?: number
}

/** A host as policies see it. */
export interface ClusterHost extends Host {
  readonly address: string
  /** Requests in flight. */
  readonly activeRequests: number
}

/** Makes a balancer of hosts: `leastRequest`, or `(hosts) => ringHash(hosts, { minRingSize: 4096 })`. */
export type Policy = (hosts: HostSet<ClusterHost>) => Balancer<ClusterHost>

export interface ClusterOptions {
  /** Addresses as `host:port`, or with weights and places. An address counts once: the last wins. */
  readonly hosts: readonly (string | HostOptions)[]
  /** Default: least request of two, as Istio. */
  readonly policy?: Policy
  /** What a request asks of the policy, its hash key for instance. Default: nothing. */
  readonly choose?: (request: RequestView) => RequestChoice
  /** When hosts that fail are left out for a while. Default: never. Mind `maxEjectionPercent`, by default 10: of nine hosts none. */
  readonly outlierDetection?: OutlierOptions
  /** Requests in flight over all hosts, before further ones are refused. Default: no limit. Envoy: `max_requests`. */
  readonly maxRequests?: number
  /** Panic threshold, zones, locality weights: see `hostSet`. */
  readonly hostSet?: HostSetOptions
  /** How often another host is drawn where one was tried already. Default: 5, as Istio. */
  readonly hostSelectionAttempts?: number
  /** Ms that do not go back. Default: `performance.now`. */
  readonly now?: () => number
  /** Uniform in [0, 1). Default: `Math.random`. */
  readonly random?: () => number
}

/**
 * The hosts of options by their addresses.
 *
 * @throws {AdapterError} `ERR_LB_ADAPTERS_HOST` if an address is not `host:port`.
 */
export function hostsByAddress(
  hosts: readonly (string | HostOptions)[],
): ReadonlyMap<string, HostOptions> {
  const byAddress = new Map<string, HostOptions>()
  for (const host of hosts) {
    const options = typeof host === 'string' ? { address: host } : host
    if (!isAddress(options.address)) {
      const got = JSON.stringify(options.address)
      throw new AdapterError('ERR_LB_ADAPTERS_HOST', `a host: expected host:port, got ${got}`)
    }
    byAddress.set(options.address, options)
  }
  return byAddress
}

const addressForm = /^(?:\[[0-9a-f:.]+\]|[^\s:/@?#[\]]+):(\d{1,5})$/i
const maxPort = 65_535

function isAddress(address: unknown): boolean {
  if (typeof address !== 'string') return false
  const [, port] = addressForm.exec(address) ?? []
  return port !== undefined && Number(port) >= 1 && Number(port) <= maxPort
}
