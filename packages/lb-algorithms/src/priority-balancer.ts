import type { Balancer, HostTest, PickContext } from './balancer.ts'
import type { Host, HostSet } from './host-set.ts'
import { type PickerFactory, Pickers } from './pickers.ts'
import { mostSelectionAttempts } from './selection-attempts.ts'
import { type Pick, sourcePick } from './source-pick.ts'

/**
 * What every policy shares: the draw of a priority, panic, the turn of a locality or zone, and drawing again for hosts already
 * tried. Pickers are made when they are first needed, so that an update costs nothing by itself.
 */
export class PriorityBalancer<H extends Host> implements Balancer<H> {
  readonly #pickers: Pickers<H>
  #set: HostSet<H>
  #sources: readonly Source<H>[]
  /** The one that takes all of the traffic. */
  #only: Source<H> | undefined

  constructor(set: HostSet<H>, makePicker: PickerFactory<H>) {
    this.#pickers = new Pickers(makePicker)
    this.#set = set
    this.#sources = sourcesOf(set, this.#pickers)
    this.#only = onlyOf(this.#sources)
  }

  update(set: HostSet<H>): void {
    this.#set = set
    this.#pickers.beginUpdate()
    this.#sources = sourcesOf(set, this.#pickers)
    this.#only = onlyOf(this.#sources)
  }

  pick(context: PickContext<H>): H | undefined {
    if (this.#set.size === 0) return undefined
    const { tried, hostSelectionAttempts = 1 } = context
    let host = this.#draw(context)
    if (tried === undefined) return host
    const most = Math.min(hostSelectionAttempts, mostSelectionAttempts)
    for (let again = 0; again < most; again++) {
      if (host === undefined || !tried.has(host)) return host
      host = this.#draw(context)
    }
    if (host === undefined || !tried.has(host)) return host
    // Where one host is idle because it is dead, draws for the idle find it again and again.
    return this.#wanted(tried) ?? host
  }

  /** Any host that takes traffic and was not tried. Linear in the number of hosts; only for draws that all went wrong. */
  #wanted(tried: HostTest<H>): H | undefined {
    const { priorities } = this.#set
    for (const { priority, kind, load } of this.#sources) {
      if (load === 0) continue
      for (const { host } of priorities[priority]?.[kind] ?? []) if (!tried.has(host)) return host
    }
    return undefined
  }

  #draw(context: PickContext<H>): H | undefined {
    const { priorityLoad } = context
    if (priorityLoad === undefined && this.#only !== undefined) return this.#only.pick(context)
    let left = context.random() * 100
    let last: Source<H> | undefined
    for (const source of this.#sources) {
      const load = priorityLoad?.[source.kind][source.priority] ?? source.load
      if (load === 0) continue
      last = source
      left -= load
      if (left < 0) break
    }
    return last?.pick(context)
  }
}

/** One share of the traffic: the healthy or the degraded hosts of a priority. */
interface Source<H extends Host> {
  readonly priority: number
  readonly kind: 'healthy' | 'degraded'
  /** Percent. */
  readonly load: number
  readonly pick: Pick<H>
}

function sourcesOf<H extends Host>(set: HostSet<H>, pickers: Pickers<H>): Source<H>[] {
  const sources: Source<H>[] = []
  for (const kind of ['healthy', 'degraded'] as const) {
    for (const [i, priority] of set.priorities.entries()) {
      const load = kind === 'healthy' ? priority.healthyLoad : priority.degradedLoad
      sources.push({
        priority: i,
        kind,
        load,
        pick: sourcePick(set, { priority: i, kind }, pickers),
      })
    }
  }
  return sources
}

function onlyOf<H extends Host>(sources: readonly Source<H>[]): Source<H> | undefined {
  return sources.find(({ load }) => load === 100)
}
