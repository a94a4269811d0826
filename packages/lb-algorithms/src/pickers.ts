import type { PickContext } from './balancer.ts'
import type { HostList } from './host-list.ts'
import type { Host } from './host-set.ts'

/** Chooses among hosts that may all be used alike; never given an empty list. */
export interface HostPicker<H extends Host> {
  pick(context: PickContext<H>): H
}

/**
 * Makes the picker of one policy, at the first pick that needs it. `previous` is the picker of the same part of the set before
 * the last update; it is not asked again.
 */
export type PickerFactory<H extends Host> = (
  hosts: HostList<H>,
  context: PickContext<H>,
  previous: HostPicker<H> | undefined,
) => HostPicker<H>

/** The pickers in use, by the part of the set that they are for. */
export class Pickers<H extends Host> {
  readonly #make: PickerFactory<H>
  #before: ReadonlyMap<string, HostPicker<H>> = new Map()
  #now = new Map<string, HostPicker<H>>()

  constructor(make: PickerFactory<H>) {
    this.#make = make
  }

  beginUpdate(): void {
    // Two updates in a row keep what no pick has replaced.
    if (this.#now.size === 0) return
    this.#before = this.#now
    this.#now = new Map()
  }

  /** Picks from `hosts`; nothing from none. */
  pickFrom(hosts: HostList<H>, key: string): (context: PickContext<H>) => H | undefined {
    if (hosts.length === 0) return () => undefined
    let picker: HostPicker<H> | undefined
    return (context) => {
      if (picker === undefined) {
        picker = this.#make(hosts, context, this.#before.get(key))
        this.#now.set(key, picker)
      }
      return picker.pick(context)
    }
  }
}
