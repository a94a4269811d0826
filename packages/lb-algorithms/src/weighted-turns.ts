import type { PickContext } from './balancer.ts'
import { EdfSchedule } from './edf.ts'
import type { HostList } from './host-list.ts'
import type { Host, HostEntry } from './host-set.ts'
import type { HostPicker } from './pickers.ts'

export interface WeightedTurnsOptions {
  /** How many turns have been taken already. */
  readonly seed: number
  /** Now, for the weights to begin with. */
  readonly now: number | undefined
  /** The weight of a host, asked anew whenever its turn comes; above 0. */
  readonly weightOf: (entry: HostEntry<Host>, now: number | undefined) => number
}

/** Turns by weights that may change from turn to turn. O(log n). */
export class WeightedTurns<H extends Host> implements HostPicker<H> {
  readonly #weightOf: WeightedTurnsOptions['weightOf']
  readonly #list: HostList<H>
  readonly #schedule: EdfSchedule

  constructor(list: HostList<H>, { seed, now, weightOf }: WeightedTurnsOptions) {
    this.#weightOf = weightOf
    this.#list = list
    this.#schedule = new EdfSchedule(
      Array.from(list, (entry) => weightOf(entry, now)),
      seed,
    )
  }

  pick({ now }: PickContext<H>): H {
    const entry = this.#list.at(this.#schedule.next)
    this.#schedule.putBack(this.#weightOf(entry, now))
    return entry.host
  }
}
