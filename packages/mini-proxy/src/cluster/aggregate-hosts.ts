import {
  type HostSet,
  type PriorityHealth,
  type PriorityLoad,
  priorityLoad,
} from '@meshwright/lb-algorithms'
import type { PickContext, UpstreamHost } from './cluster.ts'

/** A cluster that another one is made of. */
export interface AggregateMember {
  /** The hosts that it balances itself. */
  readonly hosts: HostSet<UpstreamHost>
  /** The clusters that it is made of in its turn, if it is. */
  readonly aggregated: AggregateHosts | undefined
  pick(context: PickContext): UpstreamHost | undefined
}

/**
 * Several clusters as one: the priorities of the first come first, then those of the second, and so on; priorities without hosts
 * are left out. Which of them takes a request is drawn here; the host is chosen by the cluster that it belongs to.
 * Envoy: `envoy.clusters.aggregate`.
 */
export class AggregateHosts {
  readonly #names: readonly string[]
  readonly #memberNamed: (name: string) => AggregateMember | undefined
  readonly #panicThresholdPercent: number | undefined
  /** What the shares were worked out from. */
  #sets: readonly HostSet<UpstreamHost>[] = []
  #shares: readonly Share[] = []

  constructor(
    names: readonly string[],
    memberNamed: (name: string) => AggregateMember | undefined,
    panicThresholdPercent?: number,
  ) {
    this.#names = names
    this.#memberNamed = memberNamed
    this.#panicThresholdPercent = panicThresholdPercent
  }

  /** Undefined without any member that has hosts. */
  pick(context: PickContext): UpstreamHost | undefined {
    this.#follow()
    let left = context.random() * 100
    let last: Share | undefined
    for (const share of this.#shares) {
      last = share
      left -= share.percent
      if (left < 0) break
    }
    return last?.member.pick({ ...context, priorityLoad: last.split })
  }

  /** The members as they are now, those of aggregates in their place; one that is part of itself is left out. */
  members(above: readonly AggregateHosts[] = []): readonly AggregateMember[] {
    if (above.includes(this) || above.length >= maxDepth) return []
    return this.#names.flatMap((name) => {
      const member = this.#memberNamed(name)
      if (member === undefined) return []
      return member.aggregated?.members([...above, this]) ?? [member]
    })
  }

  /** Works the load out anew if a member has changed: a look at each of them, and no more, if none has. */
  #follow(): void {
    const members = this.members()
    const known = this.#sets
    if (members.length === known.length && members.every(({ hosts }, i) => hosts === known[i])) {
      return
    }
    this.#sets = members.map(({ hosts }) => hosts)
    const slots = members.flatMap((member) =>
      member.hosts.priorities.flatMap(({ all }, priority) =>
        all.length === 0 ? [] : [{ member, priority }],
      ),
    )
    const load = priorityLoad(slots.map(healthOfSlot), undefined, this.#panicThresholdPercent)
    this.#shares = (['healthy', 'degraded'] as const)
      .flatMap((kind) => slots.map((slot, i) => shareOf(slot, kind, load[kind][i] ?? 0)))
      .filter(({ percent }) => percent > 0)
  }
}

/** One priority of a member. */
interface Slot {
  readonly member: AggregateMember
  readonly priority: number
}

/** Aggregates of aggregates: deeper ones are left out. */
const maxDepth = 16

function healthOfSlot({ member, priority }: Slot): PriorityHealth {
  const { priorities, settings } = member.hosts
  const { all, healthy, degraded } = priorities[priority] ?? {}
  return {
    total: all?.length ?? 0,
    healthy: healthy?.length ?? 0,
    degraded: degraded?.length ?? 0,
    overprovisioningFactor: settings.overprovisioningFactor,
    ...(settings.weightedPriorityHealth && {
      weights: {
        total: all?.totalWeight ?? 0,
        healthy: healthy?.totalWeight ?? 0,
        degraded: degraded?.totalWeight ?? 0,
      },
    }),
  }
}

/** What the healthy or the degraded hosts of one priority of a member take. */
interface Share {
  readonly percent: number
  readonly member: AggregateMember
  /** What the member is told: that everything goes there. */
  readonly split: PriorityLoad
}

function shareOf({ member, priority }: Slot, kind: 'healthy' | 'degraded', percent: number): Share {
  const none = member.hosts.priorities.map(() => 0)
  const split = { healthy: none, degraded: none, panic: [] }
  return { percent, member, split: { ...split, [kind]: none.with(priority, 100) } }
}
