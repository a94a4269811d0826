import { OutlierDetector, type OutlierEvent, ResourceLimit } from '@meshwright/circuit-breaker'
import { type Balancer, hashOfKey, leastRequest, type PickContext } from '@meshwright/lb-algorithms'
import { systemNow, systemRandom } from '../defaults.ts'
import { AdapterError } from '../errors.ts'
import { type Attempt, type MonitoredHost, RunningAttempt } from './attempt.ts'
import {
  type ClusterHost,
  type ClusterOptions,
  type HostOptions,
  hostsByAddress,
} from './cluster-options.ts'
import { hostSetOf, type Member } from './host-set-of.ts'
import type { RequestView } from './request-view.ts'

/** How one host does. */
export interface HostStatus {
  readonly address: string
  /** Requests on their way to it. */
  readonly activeRequests: number
  readonly isEjected: boolean
}

/**
 * The hosts of one service: gives one for each request, hears what came of it, and leaves out hosts that fail.
 * It opens no connection: the adapters do, or you. There are no timers, and nothing to close.
 */
export class Cluster {
  readonly #options: ClusterOptions
  readonly #now: () => number
  readonly #random: () => number
  readonly #outliers: OutlierDetector<MonitoredHost> | undefined
  readonly #requests: ResourceLimit | undefined
  readonly #balancer: Balancer<ClusterHost>
  #members: ReadonlyMap<string, Member> = new Map()
  /** A host was ejected or let back in since the balancer was told of its set. */
  #isStale = false

  /**
   * @throws {AdapterError} `ERR_LB_ADAPTERS_HOST` if an address is not `host:port`
   * @throws {HostSetError} if weights or options of the set make no sense
   * @throws {BreakerOptionError} if options of outlier detection or `maxRequests` make no sense
   */
  constructor(options: ClusterOptions) {
    const { now = systemNow, random = systemRandom, outlierDetection, maxRequests } = options
    this.#options = options
    this.#now = now
    this.#random = random
    if (maxRequests !== undefined) this.#requests = new ResourceLimit('maxRequests', maxRequests)
    if (outlierDetection !== undefined) {
      this.#outliers = new OutlierDetector(outlierDetection, { now: now(), random })
    }
    this.#members = this.#membersOf(hostsByAddress(options.hosts))
    const { policy = leastRequest } = options
    this.#balancer = policy(hostSetOf(this.#members.values(), options.hostSet))
    this.#outliers?.subscribe(() => {
      this.#isStale = true
    })
  }

  /** Every host, in the order given. */
  get hosts(): readonly HostStatus[] {
    return [...this.#members.values()].map(({ host }) => ({
      address: host.address,
      activeRequests: host.activeRequests,
      isEjected: host.monitor?.isEjected ?? false,
    }))
  }

  /**
   * Chooses a host and counts the request. End what it gives, whatever happens.
   *
   * @param request what `choose` is asked about
   * @param tried hosts that this request failed at; others are preferred
   * @throws {AdapterError} `ERR_LB_ADAPTERS_NO_HOST` if no host may be used, `ERR_LB_ADAPTERS_OVERFLOW` beyond `maxRequests`
   */
  begin(request?: RequestView, tried?: ReadonlySet<ClusterHost>): Attempt {
    const requests = this.#requests
    if (requests?.isOpen) {
      // Counts the refusal.
      requests.admit()
      throw new AdapterError('ERR_LB_ADAPTERS_OVERFLOW', `${requests.limit} requests in flight`)
    }
    const host = this.pick(request, tried)
    if (host !== undefined) return this.attempt(host)
    const { size } = this.#members
    throw new AdapterError('ERR_LB_ADAPTERS_NO_HOST', `none of ${size} hosts may be used`)
  }

  /** Only chooses, for those who know later whether they begin; undefined if no host may be used. */
  pick(request?: RequestView, tried: ReadonlySet<ClusterHost> = noHosts): ClusterHost | undefined {
    const now = this.#now()
    this.#outliers?.advance(now)
    if (this.#isStale) this.#tellBalancer()
    return this.#balancer.pick(this.#contextOf(request, tried, now))
  }

  /** Counts a request to a host that was picked, beyond `maxRequests` too. */
  attempt(host: ClusterHost): Attempt {
    const requests = this.#requests
    requests?.take()
    // A policy may have made up a host, which nobody watches.
    const watched = isMonitored(host) ? host : unwatched({ address: host.address }).host
    return new RunningAttempt(watched, this.#now, () => requests?.settle())
  }

  /** Whether a host is one of them still. */
  has(host: ClusterHost): boolean {
    return this.#members.get(host.address)?.host === host
  }

  /**
   * Other hosts from now on. Requests on their way to hosts that are left out go on; hosts that stay keep their history.
   *
   * @throws as the constructor, and then nothing has changed
   */
  update(hosts: readonly (string | HostOptions)[]): void {
    const byAddress = hostsByAddress(hosts)
    hostSetOf([...byAddress.values()].map(unwatched), this.#options.hostSet)
    for (const [address, { host }] of this.#members) {
      if (!byAddress.has(address)) this.#outliers?.remove(host)
    }
    this.#members = this.#membersOf(byAddress)
    this.#tellBalancer()
  }

  /** Is told of every ejection and its end, at once; it must not throw. Returns how to stop that. */
  subscribe(listener: (event: OutlierEvent<ClusterHost>) => void): () => void {
    return this.#outliers?.subscribe(listener) ?? (() => undefined)
  }

  #tellBalancer(): void {
    this.#isStale = false
    this.#balancer.update(hostSetOf(this.#members.values(), this.#options.hostSet))
  }

  #contextOf(
    request: RequestView | undefined,
    tried: ReadonlySet<ClusterHost>,
    now: number,
  ): PickContext<ClusterHost> {
    const { choose, hostSelectionAttempts = defaultAttempts } = this.#options
    const common = { random: this.#random, now, tried, hostSelectionAttempts }
    if (choose === undefined || request === undefined) return common
    const { hashKey, metadataMatch, overrideHosts } = choose(request)
    const hash = hashKey === undefined ? undefined : hashOfKey(hashKey)
    return { ...common, hash, metadataMatch, overrideHosts }
  }

  #membersOf(byAddress: ReadonlyMap<string, HostOptions>): ReadonlyMap<string, Member> {
    const members = new Map<string, Member>()
    for (const [address, options] of byAddress) {
      const host = this.#members.get(address)?.host ?? this.#watched(options)
      members.set(address, { host, options })
    }
    return members
  }

  #watched(options: HostOptions): MonitoredHost {
    const host = unwatched(options).host
    const monitor = this.#outliers?.add(host)
    return Object.assign(host, { monitor })
  }
}

const noHosts: ReadonlySet<ClusterHost> = new Set()

/** What Istio asks Envoy for. */
const defaultAttempts = 5

function isMonitored(host: ClusterHost): host is MonitoredHost {
  return 'monitor' in host
}

function unwatched(options: HostOptions): Member {
  const { address } = options
  return { host: { address, activeRequests: 0, monitor: undefined }, options }
}
