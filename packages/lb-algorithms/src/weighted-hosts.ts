import type { HostList } from './host-list.ts'
import type { Host, HostEntry, HostSet, Priority } from './host-set.ts'

/** Hosts with weights that add up to 1, as Envoy makes them for its hashing policies. */
export interface WeightedHosts<H extends Host> {
  readonly entries: readonly HostEntry<H>[]
  /** In the order of `entries`. */
  readonly weights: readonly number[]
  /** The smallest of the weights; 1 if there are none. */
  readonly min: number
  /** The largest of the weights; 0 if there are none. */
  readonly max: number
}

/**
 * The healthy hosts of a priority, or all in panic, with their share of the whole. Where localities are weighted the share is
 * that of the locality by the weight it was given: as in Envoy, how many of its hosts are healthy does not count here.
 */
export function weightedHosts<H extends Host>(
  set: HostSet<H>,
  priority: Priority<H>,
): WeightedHosts<H> {
  const shares = new Shares<H>()
  const kind = priority.panic ? 'all' : 'healthy'
  if (!set.settings.localityWeighted) shares.add(priority[kind], 1)
  else {
    const sum = priority.localities.reduce((total, { weight }) => total + weight, 0)
    for (const group of priority.localities) {
      if (group.weight > 0) shares.add(group[kind], group.weight / sum)
    }
  }
  return shares
}

class Shares<H extends Host> implements WeightedHosts<H> {
  readonly entries: HostEntry<H>[] = []
  readonly weights: number[] = []
  min = 1
  max = 0

  add(list: HostList<H>, share: number): void {
    const sum = list.totalWeight
    for (const entry of list) {
      const normalized = ((entry.weight ?? 1) * share) / sum
      this.entries.push(entry)
      this.weights.push(normalized)
      this.min = Math.min(this.min, normalized)
      this.max = Math.max(this.max, normalized)
    }
  }
}
