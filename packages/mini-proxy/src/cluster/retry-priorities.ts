import type { HostSet, Priority, PriorityLoad } from '@meshwright/lb-algorithms'
import type { PreviousPriorities, PriorityAvailability } from '@meshwright/resilience'
import type { UpstreamHost } from './cluster.ts'

/** How retries are split over the priorities of one host set. What it needs is looked up when a retry first asks. */
export class RetryPriorities {
  readonly #set: HostSet<UpstreamHost>
  #priorityOf: ReadonlyMap<UpstreamHost, number> | undefined

  constructor(set: HostSet<UpstreamHost>) {
    this.#set = set
  }

  /** The split for a retry, `attempted` being the hosts tried so far. */
  loadFor(previous: PreviousPriorities, attempted: readonly UpstreamHost[]): PriorityLoad {
    const { priorities, settings } = this.#set
    this.#priorityOf ??= new Map(
      priorities.flatMap(({ all }, i) => Array.from(all, ({ host }) => [host, i] as const)),
    )
    const priorityOf = this.#priorityOf
    const usual = {
      healthy: priorities.map(({ healthyLoad }) => healthyLoad),
      degraded: priorities.map(({ degradedLoad }) => degradedLoad),
    }
    const shares = previous.shares(
      attempted.map((host) => priorityOf.get(host)),
      priorities.map((it) => availabilityOf(it, settings)),
      usual,
    )
    return { ...shares, panic: priorities.map(({ panic }) => panic) }
  }
}

function availabilityOf(
  { all, healthy, degraded }: Priority<UpstreamHost>,
  { overprovisioningFactor, weightedPriorityHealth }: HostSet<UpstreamHost>['settings'],
): PriorityAvailability {
  const sizeOf = ({ length, totalWeight }: typeof all): number =>
    weightedPriorityHealth ? totalWeight : length
  const percent = (part: typeof all): number =>
    all.length === 0
      ? 0
      : Math.min(100, Math.floor((sizeOf(part) * overprovisioningFactor) / sizeOf(all)))
  return { healthy: percent(healthy), degraded: percent(degraded) }
}
