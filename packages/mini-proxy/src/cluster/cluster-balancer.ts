import { type HostSet, hostSet } from '@meshwright/lb-algorithms'
import type { Clock, Random } from '../ambient.ts'
import type { HeaderList } from '../http/header-list.ts'
import { createBalancer, type LearningBalancer } from './balancer.ts'
import type { BalancingPlan } from './balancing-plan.ts'
import type { PickContext, UpstreamHost } from './cluster.ts'
import type { EndpointSet } from './endpoint-spec.ts'
import { type HostLocality, hostSetOf } from './host-set-of.ts'
import { loadReportOf } from './load-report.ts'
import type { LocalPeers } from './local-peers.ts'
import type { BalancingPolicy } from './policy-plan.ts'
import { RetryPriorities } from './retry-priorities.ts'

/** What an assignment says of balancing. */
type AssignmentPolicy = Pick<EndpointSet, 'overprovisioningFactor' | 'weightedPriorityHealth'>

/** What a balancer needs besides its plan. */
export interface BalancerContext {
  readonly clock: Clock
  readonly random: Random
  readonly peers: LocalPeers
}

/** Chooses among the hosts of one cluster, by its plan. */
export class ClusterBalancer {
  readonly #plan: BalancingPlan
  readonly #context: BalancerContext
  readonly #balancer: LearningBalancer
  /** Headers in which requests name hosts. */
  readonly #hostHeaders: readonly string[]
  readonly #needsTime: boolean
  readonly #unwatch: () => void
  #set: HostSet<UpstreamHost>
  /** Of the present set. */
  #priorities: RetryPriorities
  #localities: readonly HostLocality[] = []
  #policy: AssignmentPolicy | undefined

  constructor(plan: BalancingPlan, context: BalancerContext) {
    const { policy, zoneAware } = plan
    this.#plan = plan
    this.#context = context
    this.#set = hostSet([], plan.hostSet)
    this.#priorities = new RetryPriorities(this.#set)
    this.#balancer = createBalancer(plan, this.#set, context.random)
    this.#hostHeaders = policy.kind === 'override-host' ? policy.headers : []
    this.#needsTime = needsTime(policy)
    this.#unwatch =
      zoneAware === undefined ? () => undefined : context.peers.watch(() => this.#build())
  }

  /** The hosts as they are balanced; another object after every change. */
  get hosts(): HostSet<UpstreamHost> {
    return this.#set
  }

  pick(context: PickContext): UpstreamHost | undefined {
    const { retryPriorities } = context
    const isPlain = !this.#needsTime && this.#hostHeaders.length === 0
    if (isPlain && retryPriorities === undefined) return this.#balancer.pick(context)
    return this.#balancer.pick({
      ...context,
      ...(this.#needsTime && { now: this.#context.clock.now() }),
      ...this.#named(context),
      ...(retryPriorities !== undefined && {
        priorityLoad: this.#priorities.loadFor(retryPriorities, context.attempted ?? []),
      }),
    })
  }

  /** The host that a plain request gets after those already foreseen, if that can be known. */
  foresee(): UpstreamHost | undefined {
    const { random, clock } = this.#context
    return this.#balancer.foresee?.({ random, ...(this.#needsTime && { now: clock.now() }) })
  }

  /** Hosts came, went or changed their health. */
  update(localities: readonly HostLocality[], policy: AssignmentPolicy): void {
    this.#localities = localities
    this.#policy = policy
    this.#build()
  }

  /** What a host says of its load with an answer. */
  learn(host: UpstreamHost, headers: HeaderList): void {
    if (this.#balancer.report === undefined) return
    const report = loadReportOf(headers)
    if (report !== undefined) this.#balancer.report(host, report, this.#context.clock.now())
  }

  stop(): void {
    this.#unwatch()
  }

  #build(): void {
    const { zoneAware, hostSet: options } = this.#plan
    const { locality, current } = this.#context.peers
    const { overprovisioningFactor, weightedPriorityHealth = false } = this.#policy ?? {}
    this.#set = hostSetOf(this.#localities, {
      ...options,
      weightedPriorityHealth,
      ...(overprovisioningFactor !== undefined && { overprovisioningFactor }),
      ...(locality !== undefined && { locality }),
      ...(zoneAware !== undefined && { zoneAware: { ...zoneAware, peers: current } }),
    })
    this.#priorities = new RetryPriorities(this.#set)
    this.#balancer.update(this.#set)
  }

  /** A host that was tried is not asked for again: the next in the list is its substitute. */
  #named({ headers, attempted }: PickContext): Pick<PickContext, 'overrideHosts'> {
    for (const name of this.#hostHeaders) {
      const value = headers?.get(name)
      if (value === undefined) continue
      const addresses = value.split(',').map((it) => it.trim())
      const tried = new Set(attempted?.map(({ address }) => address))
      return { overrideHosts: addresses.filter((it) => it !== '' && !tried.has(it)) }
    }
    return {}
  }
}

/** Whether picks depend on the time: hosts that start slowly, reports that grow old. */
function needsTime(policy: BalancingPolicy): boolean {
  switch (policy.kind) {
    case 'round-robin':
    case 'least-request':
      return policy.options.slowStart !== undefined
    case 'load-report':
      return true
    case 'subset':
      return needsTime(policy.within)
    case 'override-host':
      return needsTime(policy.fallback)
    default:
      return false
  }
}
