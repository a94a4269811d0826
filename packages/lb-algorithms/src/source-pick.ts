import type { PickContext } from './balancer.ts'
import { EdfSchedule } from './edf.ts'
import type { Host, HostSet, LocalityGroup } from './host-set.ts'
import type { Pickers } from './pickers.ts'
import { sampleIndex } from './sample.ts'
import { peersInPanic } from './zone-routing.ts'

/** A pick from one part of a set. */
export type Pick<H extends Host> = (context: PickContext<H>) => H | undefined

/** The healthy or the degraded hosts of a priority. */
interface Part {
  readonly priority: number
  readonly kind: 'healthy' | 'degraded'
}

/** How a host of one priority is found: panic first, then localities by weight or by zone, then all of them alike. */
export function sourcePick<H extends Host>(
  set: HostSet<H>,
  part: Part,
  pickers: Pickers<H>,
): Pick<H> {
  const { settings, zoneRouting } = set
  const priority = set.priorities[part.priority]
  if (priority === undefined) return () => undefined
  if (priority.panic) {
    if (settings.failTrafficOnPanic) return () => undefined
    return pickers.pickFrom(priority.all, `${part.priority} all`)
  }
  const anywhere = pickers.pickFrom(priority[part.kind], `${part.priority} ${part.kind}`)
  const inLocality = (group: LocalityGroup<H>, i: number): Pick<H> =>
    pickers.pickFrom(group[part.kind], `${part.priority} ${part.kind} ${i}`)
  if (settings.localityWeighted) return weightedPick(priority.localities, part, inLocality)
  if (part.priority !== 0 || zoneRouting.kind === 'none') return anywhere
  return zonePick(set, anywhere, priority.localities.map(inLocality))
}

/** Turns of the localities, by what each can carry. */
function weightedPick<H extends Host>(
  localities: readonly LocalityGroup<H>[],
  { kind }: Part,
  inLocality: (group: LocalityGroup<H>, index: number) => Pick<H>,
): Pick<H> {
  const weightOf = (group: LocalityGroup<H>): number =>
    kind === 'healthy' ? group.healthyWeight : group.degradedWeight
  const weights = localities.map(weightOf)
  const usable = localities.map((_, i) => i).filter((i) => (weights[i] ?? 0) > 0)
  const schedule = new EdfSchedule(usable.map((i) => weights[i] ?? 1))
  const picks = localities.map(inLocality)
  return (context) => {
    const next = usable[schedule.next]
    if (next === undefined) return undefined
    schedule.putBack(weights[next] ?? 1)
    return picks[next]?.(context)
  }
}

/** The caller's own locality or another one, as {@link ZoneRouting} says. */
function zonePick<H extends Host>(
  { zoneRouting, settings }: HostSet<H>,
  anywhere: Pick<H>,
  picks: readonly Pick<H>[],
): Pick<H> {
  const { zoneAware, failTrafficOnPanic } = settings
  const { routingEnabledPercent = 100 } = zoneAware ?? {}
  const instead: Pick<H> = failTrafficOnPanic ? () => undefined : anywhere
  const inZone = peersInPanic(settings) ? instead : pickByZone
  return (context) => {
    if (routingEnabledPercent < 100 && context.random() * 100 >= routingEnabledPercent) {
      return anywhere(context)
    }
    return inZone(context)
  }

  function pickByZone(context: PickContext<H>): H | undefined {
    if (zoneRouting.kind !== 'residual') return picks[0]?.(context)
    const { localShare, cumulativeResidual } = zoneRouting
    if (localShare > 0 && context.random() * 10_000 < localShare) return picks[0]?.(context)
    const all = cumulativeResidual.at(-1) ?? 0
    // Rounding may leave nothing to spare anywhere.
    if (all === 0) return picks[sampleIndex(picks.length, context.random)]?.(context)
    const at = sampleIndex(all, context.random)
    return picks[cumulativeResidual.findIndex((it) => at < it)]?.(context)
  }
}
