import type { Balancer, PickContext } from './balancer.ts'
import { EdfSchedule } from './edf.ts'
import type { Host, HostEntry, HostSet, LocalityGroup, Priority } from './host-set.ts'

/** Chooses among hosts that may all be used alike; never given an empty list. */
export interface HostPicker<H extends Host> {
  pick(context: PickContext<H>): H
}

/** Makes the picker of one policy. */
export type PickerFactory<H extends Host> = (hosts: readonly HostEntry<H>[]) => HostPicker<H>

/**
 * What every policy shares: the draw of a priority, panic, the turn of a locality, and drawing again for hosts already
 * tried. Pickers are made when they are first needed, so that an update costs nothing by itself.
 */
export class PriorityBalancer<H extends Host> implements Balancer<H> {
  readonly #makePicker: PickerFactory<H>
  #set: HostSet<H>
  #sources: Source<H>[]

  constructor(set: HostSet<H>, makePicker: PickerFactory<H>) {
    this.#makePicker = makePicker
    this.#set = set
    this.#sources = sourcesOf(set, makePicker)
  }

  update(set: HostSet<H>): void {
    this.#set = set
    this.#sources = sourcesOf(set, this.#makePicker)
  }

  pick(context: PickContext<H>): H | undefined {
    if (this.#set.size === 0) return undefined
    const { tried, hostSelectionAttempts = 1 } = context
    let host = this.#draw(context)
    if (tried === undefined) return host
    for (let again = 0; again < hostSelectionAttempts; again++) {
      if (host === undefined || !tried.has(host)) return host
      host = this.#draw(context)
    }
    return host
  }

  #draw(context: PickContext<H>): H | undefined {
    let left = context.random() * 100
    let last: Source<H> | undefined
    for (const source of this.#sources) {
      last = source
      left -= source.load
      if (left < 0) break
    }
    return last?.pick(context)
  }
}

/** One share of the traffic: the healthy or the degraded hosts of a priority. */
interface Source<H extends Host> {
  /** Percent. */
  readonly load: number
  pick(context: PickContext<H>): H | undefined
}

function sourcesOf<H extends Host>(set: HostSet<H>, makePicker: PickerFactory<H>): Source<H>[] {
  const sources: Source<H>[] = []
  for (const kind of ['healthy', 'degraded'] as const) {
    for (const priority of set.priorities) {
      const load = kind === 'healthy' ? priority.healthyLoad : priority.degradedLoad
      if (load === 0) continue
      sources.push({ load, pick: lazyPick(() => sourcePick(set, priority, kind, makePicker)) })
    }
  }
  return sources
}

type Pick<H extends Host> = (context: PickContext<H>) => H | undefined

function lazyPick<H extends Host>(make: () => Pick<H>): Pick<H> {
  let made: Pick<H> | undefined
  return (context) => {
    made ??= make()
    return made(context)
  }
}

function sourcePick<H extends Host>(
  set: HostSet<H>,
  priority: Priority<H>,
  kind: 'healthy' | 'degraded',
  makePicker: PickerFactory<H>,
): Pick<H> {
  if (priority.panic) {
    return set.failTrafficOnPanic ? () => undefined : pickFrom(priority.all, makePicker)
  }
  if (!set.localityWeighted) return pickFrom(priority[kind], makePicker)
  return localityPick(priority.localities, kind, makePicker)
}

function pickFrom<H extends Host>(
  hosts: readonly HostEntry<H>[],
  makePicker: PickerFactory<H>,
): Pick<H> {
  if (hosts.length === 0) return () => undefined
  const picker = makePicker(hosts)
  return (context) => picker.pick(context)
}

function localityPick<H extends Host>(
  localities: readonly LocalityGroup<H>[],
  kind: 'healthy' | 'degraded',
  makePicker: PickerFactory<H>,
): Pick<H> {
  const weightOf = (group: LocalityGroup<H>): number =>
    kind === 'healthy' ? group.healthyWeight : group.degradedWeight
  const weighted = localities.filter((group) => weightOf(group) > 0)
  const weights = weighted.map(weightOf)
  const schedule = new EdfSchedule(weights)
  const picks = weighted.map((group) => lazyPick(() => pickFrom(group[kind], makePicker)))
  return (context) => {
    const next = schedule.next
    if (next === -1) return undefined
    schedule.putBack(weights[next] ?? 1)
    return picks[next]?.(context)
  }
}
