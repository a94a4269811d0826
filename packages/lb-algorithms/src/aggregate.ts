import type { Balancer, PickContext } from './balancer.ts'
import type { Host, HostSet, Priority } from './host-set.ts'
import { type PriorityLoad, priorityLoad } from './priority-load.ts'

/** A cluster that is part of another. */
export interface AggregateMember<H extends Host> {
  readonly hosts: HostSet<H>
  /** Makes the balancer of one of its priorities. */
  readonly create: (hosts: HostSet<H>) => Balancer<H>
}

/** A balancer over several clusters. */
export interface AggregateBalancer<H extends Host> {
  pick(context: PickContext<H>): H | undefined
  /** Goes over to other sets of its members, one for each, in order. */
  update(sets: readonly HostSet<H>[]): void
}

/**
 * Several clusters as one: the priorities of the first come first, then those of the second, and so on; each is balanced as its
 * cluster is. Priorities without hosts are left out. The overprovisioning factor and panic threshold are those of the first.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/aggregate_cluster
 */
export function aggregate<H extends Host>(
  members: readonly AggregateMember<H>[],
): AggregateBalancer<H> {
  return new Aggregate(members)
}

/** One priority of a member. */
interface Slot<H extends Host> {
  readonly healthy: Balancer<H>
  readonly degraded: Balancer<H>
}

class Aggregate<H extends Host> implements AggregateBalancer<H> {
  readonly #members: readonly AggregateMember<H>[]
  #slots: readonly Slot<H>[] = []
  #load: PriorityLoad = { healthy: [], degraded: [], panic: [] }

  constructor(members: readonly AggregateMember<H>[]) {
    this.#members = members
    this.update(members.map(({ hosts }) => hosts))
  }

  update(sets: readonly HostSet<H>[]): void {
    const slots: Slot<H>[] = []
    const priorities: Priority<H>[] = []
    for (const [i, { create }] of this.#members.entries()) {
      const set = sets[i]
      if (set === undefined) continue
      for (const priority of set.priorities) {
        if (priority.all.length === 0) continue
        priorities.push(priority)
        slots.push({
          healthy: create(onlyPriority(set, priority, [100, 0])),
          degraded: create(onlyPriority(set, priority, [0, 100])),
        })
      }
    }
    this.#slots = slots
    const settings = sets[0]?.settings
    this.#load = priorityLoad(
      priorities.map(({ all, healthy, degraded }) => ({
        total: all.length,
        healthy: healthy.length,
        degraded: degraded.length,
      })),
      settings?.overprovisioningFactor,
      settings?.panicThresholdPercent,
    )
  }

  pick(context: PickContext<H>): H | undefined {
    let left = context.random() * 100
    let last: Balancer<H> | undefined
    for (const kind of ['healthy', 'degraded'] as const) {
      for (const [i, slot] of this.#slots.entries()) {
        const load = this.#load[kind][i] ?? 0
        if (load === 0) continue
        last = slot[kind]
        left -= load
        if (left < 0) return last.pick(context)
      }
    }
    return last?.pick(context)
  }
}

/** A set of one priority that takes all of the traffic; whether it is in panic stays as its cluster finds. */
function onlyPriority<H extends Host>(
  set: HostSet<H>,
  priority: Priority<H>,
  [healthyLoad, degradedLoad]: readonly [healthy: number, degraded: number],
): HostSet<H> {
  return {
    ...set,
    hosts: priority.all,
    size: priority.all.length,
    priorities: [{ ...priority, healthyLoad, degradedLoad }],
    // Zones are looked at in the first priority of a cluster.
    zoneRouting: priority === set.priorities[0] ? set.zoneRouting : { kind: 'none' },
  }
}
