import type { HostSet } from '@meshwright/lb-algorithms'
import type { Ambient } from '../ambient.ts'
import type { HttpPoolFactory } from '../http/pool.ts'
import { addLoads, noLoad, type PoolLoad } from '../http/preconnect.ts'
import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'
import { within } from '../within.ts'
import { AggregateHosts, type AggregateMember } from './aggregate-hosts.ts'
import { startThresholds } from './breaker-plan.ts'
import type { Cluster, PickContext, UpstreamHost } from './cluster.ts'
import { ClusterBalancer } from './cluster-balancer.ts'
import { type ClusterCounters, clusterCounters } from './cluster-counters.ts'
import type { CompiledCluster } from './compile-cluster.ts'
import { addressText, ConnectedHost, connectionStats, type HostContext } from './connected-host.ts'
import type { DnsResolver } from './dns-resolver.ts'
import { DnsSource } from './dns-source.ts'
import {
  type EndpointSet,
  type EndpointSpec,
  type LocalitySpec,
  noEndpoints,
} from './endpoint-spec.ts'
import { type HostLocality, healthOf } from './host-set-of.ts'
import type { LocalPeers } from './local-peers.ts'
import { preconnectNext } from './next-hosts.ts'
import { OriginalDstHosts } from './original-dst-hosts.ts'
import { OutlierWatch } from './outlier-watch.ts'
import type { PreconnectPlan } from './preconnect-plan.ts'
import { type ClusterBreakers, createBreakers, type RoutingPriority } from './priority-breaker.ts'

export interface ClusterContext extends Ambient {
  /** Root scope. */
  readonly stats: StatsScope
  readonly resolver: DnsResolver
  readonly createPool: HttpPoolFactory
  readonly peers: LocalPeers
  /** The clusters in force at the time, for those that are made of others. */
  readonly clusterNamed: (name: string) => AggregateMember | undefined
}

/** A cluster at work: keeps its hosts, their pools and its circuit breakers while endpoints come and go. */
export class RunningCluster implements Cluster, AggregateMember {
  readonly name: string
  readonly connectTimeoutMs: number
  readonly originalDestinationHeader: string | undefined
  readonly stats: StatsScope
  readonly compiled: CompiledCluster
  /** Settles once the names of a DNS cluster were asked for, or that took too long; at once for others. */
  readonly started: Promise<void>
  readonly breakers: ClusterBreakers
  readonly #context: ClusterContext
  readonly #hostContext: HostContext
  readonly #balancer: ClusterBalancer
  readonly #dns: DnsSource | undefined
  readonly #originalDst: OriginalDstHosts | undefined
  readonly #membership: Membership
  readonly outliers: OutlierWatch<ConnectedHost> | undefined
  readonly aggregated: AggregateHosts | undefined
  #endpoints: EndpointSet = noEndpoints
  #counters: ClusterCounters | undefined
  #hosts = new Map<string, ConnectedHost>()
  #localities: readonly HostLocality[] = []

  /** Names that `previous`, an earlier version of the cluster, had resolved need not be waited for. */
  constructor(compiled: CompiledCluster, context: ClusterContext, previous?: RunningCluster) {
    this.compiled = compiled
    this.name = compiled.name
    this.connectTimeoutMs = compiled.connectTimeoutMs
    this.stats = context.stats.scope(`cluster.${compiled.statName}`)
    this.#context = context
    this.breakers = createBreakers(startThresholds(compiled.breakers), this.stats)
    this.outliers =
      compiled.outliers &&
      new OutlierWatch(compiled.outliers, {
        ...context,
        stats: this.stats,
        cluster: this.name,
        onChange: () => this.#rebalance(),
      })
    this.#hostContext = {
      outliers: this.outliers,
      cluster: compiled,
      breakers: this.breakers,
      stats: connectionStats(this.stats),
      createPool: context.createPool,
      preconnectNext: this.#preconnecting(compiled.balancing.preconnect),
      scope: this.stats,
      onAnswer: (host, { headers }) => this.#balancer.learn(host, headers),
      clock: context.clock,
      timers: context.timers,
    }
    this.#balancer = new ClusterBalancer(compiled.balancing, context)
    this.#membership = membership(this.stats)
    const { discovery } = compiled
    this.originalDestinationHeader =
      discovery.kind === 'original-dst' ? discovery.header : undefined
    this.#originalDst =
      discovery.kind === 'original-dst'
        ? new OriginalDstHosts(discovery, compiled.choose, this.#hostContext)
        : undefined
    this.aggregated =
      discovery.kind === 'aggregate'
        ? new AggregateHosts(
            discovery.clusters,
            context.clusterNamed,
            compiled.balancing.hostSet.panicThresholdPercent,
          )
        : undefined
    if (discovery.kind === 'static') this.setEndpoints(compiled.endpoints)
    this.#dns = this.#startDns(previous?.resolvedNames)
    this.started =
      this.#dns === undefined
        ? Promise.resolve()
        : within(longestFirstWaitMs, context.timers, this.#dns.started)
  }

  /** Every host with what the balancer knows of it, for reports. */
  get localities(): readonly HostLocality[] {
    return this.#originalDst?.localities ?? this.#localities
  }

  /** The last addresses of each name of a DNS cluster. */
  get resolvedNames(): ReadonlyMap<string, readonly string[]> | undefined {
    return this.#dns?.known
  }

  /** The hosts as they are balanced. */
  get hosts(): HostSet<UpstreamHost> {
    return this.#balancer.hosts
  }

  /** The requests of all hosts, and the room that there is for more. */
  get load(): PoolLoad {
    return this.#allHosts()
      .map(({ load }) => load)
      .reduce(addLoads, noLoad)
  }

  foresee(): UpstreamHost | undefined {
    return this.#balancer.foresee()
  }

  pick(context: PickContext): UpstreamHost | undefined {
    if (this.aggregated !== undefined) return this.aggregated.pick(context)
    return this.#originalDst === undefined
      ? this.#balancer.pick(context)
      : this.#originalDst.pick(context.originalDestination)
  }

  get counters(): ClusterCounters {
    this.#counters ??= clusterCounters(this.stats)
    return this.#counters
  }

  get dropRatio(): number {
    return this.#endpoints.dropRatio
  }

  admitRetry(priority: RoutingPriority): boolean {
    return this.breakers[priority].admitRetry()
  }

  releaseRetry(priority: RoutingPriority): void {
    this.breakers[priority].releaseRetry()
  }

  /** Goes over to other endpoints. A host that stays keeps its pool; that of one that goes is drained. */
  setEndpoints(endpoints: EndpointSet): void {
    const { localities } = endpoints
    const before = this.#hosts
    const hosts = new Map<string, ConnectedHost>()
    this.#localities = localities.map((it) => ({
      ...it,
      hosts: it.endpoints.map((endpoint) => ({ endpoint, host: this.#hostFor(endpoint, hosts) })),
    }))
    this.#hosts = hosts
    this.#endpoints = endpoints
    for (const [key, host] of before) {
      if (hosts.has(key)) continue
      this.outliers?.remove(host)
      host.drain()
    }
    if (this.compiled.renewsConnections) renewConnections(before, hosts)
    this.outliers?.settle()
    this.#rebalance()
    this.#membership.changes.inc()
  }

  /** Out of use: idle connections close now, the others after their request. */
  retire(): void {
    this.#dns?.stop()
    this.#balancer.stop()
    this.outliers?.stop()
    this.#originalDst?.stop()
    for (const host of this.#allHosts()) host.drain()
  }

  /** Ends every pooled connection now. */
  close(): void {
    this.retire()
    for (const host of this.#allHosts()) host.close()
  }

  /** Hosts came, went, were ejected or are back. */
  #rebalance(): void {
    this.#balancer.update(this.#localities, this.#endpoints)
    const { peers } = this.#context
    if (peers.clusterName === this.name) peers.update(this.#localities)
    this.#membership.report(this.#localities)
  }

  #allHosts(): ConnectedHost[] {
    return [...this.#hosts.values(), ...(this.#originalDst?.hosts ?? [])]
  }

  #preconnecting({ predictive }: PreconnectPlan): HostContext['preconnectNext'] {
    if (predictive === 1) return undefined
    return (choice) => preconnectNext(this, predictive, choice)
  }

  #hostFor(endpoint: EndpointSpec, hosts: Map<string, ConnectedHost>): ConnectedHost {
    const connector = this.compiled.choose(endpoint)
    const { address, hostname } = endpoint
    const key = `${addressText(address)} ${hostname ?? ''} ${connector.name}`
    const host =
      hosts.get(key) ??
      this.#hosts.get(key) ??
      new ConnectedHost(address, endpoint, connector, this.#hostContext)
    host.metadata = endpoint.metadata['envoy.lb'] ?? {}
    host.health = endpoint.health
    hosts.set(key, host)
    return host
  }

  #startDns(known: DnsSource['known'] = new Map()): DnsSource | undefined {
    const { discovery, endpoints, name } = this.compiled
    if (discovery.kind !== 'dns') return undefined
    const attempts = this.stats.counter('update_attempt')
    const failures = this.stats.counter('update_failure')
    const successes = this.stats.counter('update_success')
    return new DnsSource({
      ...discovery,
      known,
      hostnames: endpoints.localities.flatMap((it) => it.endpoints.map(hostOf)),
      resolver: (hostname, family) => {
        attempts.inc()
        return this.#context.resolver(hostname, family)
      },
      timers: this.#context.timers,
      random: this.#context.random,
      onAddresses: (addresses) => {
        successes.inc()
        const localities = resolved(endpoints.localities, addresses, discovery.logical)
        this.setEndpoints({ ...endpoints, localities })
      },
      onFailure: (hostname, error) => {
        failures.inc()
        const why = error instanceof Error ? error.message : String(error)
        const message = `cluster ${name} cannot resolve ${hostname}: ${why}`
        this.#context.log({ level: 'warn', scope: 'dns', message })
      },
    })
  }
}

/** Envoy's patience with a name, too. */
const longestFirstWaitMs = 5000

interface Membership {
  readonly changes: Counter
  report(localities: readonly HostLocality[]): void
}

function membership(stats: StatsScope): Membership {
  const total: Gauge = stats.gauge('membership_total')
  const healthy: Gauge = stats.gauge('membership_healthy')
  const degraded: Gauge = stats.gauge('membership_degraded')
  return {
    changes: stats.counter('membership_change'),
    report: (localities) => {
      const all = localities.flatMap((it) => it.hosts)
      total.set(all.length)
      const health = all.map(healthOf)
      healthy.set(health.filter((it) => it === 'healthy').length)
      degraded.set(health.filter((it) => it === 'degraded').length)
    },
  }
}

/** Where hosts came or went, those that stay begin with new connections. */
function renewConnections(
  before: ReadonlyMap<string, ConnectedHost>,
  now: ReadonlyMap<string, ConnectedHost>,
): void {
  if (before.size === now.size && [...before.keys()].every((key) => now.has(key))) return
  for (const [key, host] of now) {
    if (before.has(key)) host.renewConnections()
  }
}

function hostOf({ address }: EndpointSpec): string {
  return address.kind === 'tcp' ? address.host : ''
}

/** The endpoints with every name replaced by its addresses, or by the first of them. */
function resolved(
  localities: readonly LocalitySpec[],
  addresses: ReadonlyMap<string, readonly string[]>,
  logical: boolean,
): LocalitySpec[] {
  return localities.map((locality) => ({
    ...locality,
    endpoints: locality.endpoints.flatMap((endpoint) => {
      const { address } = endpoint
      if (address.kind === 'pipe') return [endpoint]
      const found = addresses.get(address.host) ?? []
      const hostname = endpoint.hostname ?? address.host
      return (logical ? found.slice(0, 1) : found).map((host) => ({
        ...endpoint,
        hostname,
        address: { ...address, host },
      }))
    }),
  }))
}
