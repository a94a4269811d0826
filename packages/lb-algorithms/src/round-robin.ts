import type { Balancer, PickContext } from './balancer.ts'
import { EdfSchedule } from './edf.ts'
import type { Host, HostEntry, HostSet } from './host-set.ts'
import { type HostPicker, PriorityBalancer } from './priority-balancer.ts'

export interface RoundRobinOptions {
  /** How many picks to begin with have been made already, so that many proxies do not begin alike. Default: 0. */
  readonly seed?: number
}

/** One host after the other; by weight, spread evenly, if they weigh differently. */
export function roundRobin<H extends Host>(
  hosts: HostSet<H>,
  { seed = 0 }: RoundRobinOptions = {},
): Balancer<H> {
  return new PriorityBalancer(hosts, (entries) =>
    weighAlike(entries) ? new Turns(entries, seed) : new WeightedTurns(entries, seed),
  )
}

/** Whether no host weighs more than another. */
export function weighAlike(entries: readonly HostEntry<Host>[]): boolean {
  const first = entries[0]?.weight ?? 1
  return entries.every(({ weight = 1 }) => weight === first)
}

class Turns<H extends Host> implements HostPicker<H> {
  readonly #hosts: readonly H[]
  #next: number

  constructor(entries: readonly HostEntry<H>[], seed: number) {
    this.#hosts = entries.map(({ host }) => host)
    this.#next = seed % entries.length
  }

  pick(_context: PickContext<H>): H {
    const host = this.#hosts[this.#next]
    this.#next = (this.#next + 1) % this.#hosts.length
    return present(host)
  }
}

class WeightedTurns<H extends Host> implements HostPicker<H> {
  readonly #hosts: readonly H[]
  readonly #weights: readonly number[]
  readonly #schedule: EdfSchedule

  constructor(entries: readonly HostEntry<H>[], seed: number) {
    this.#hosts = entries.map(({ host }) => host)
    this.#weights = entries.map(({ weight = 1 }) => weight)
    this.#schedule = new EdfSchedule(this.#weights)
    for (let i = 0; i < seed % entries.length; i++) this.#advance()
  }

  pick(_context: PickContext<H>): H {
    return present(this.#hosts[this.#advance()])
  }

  #advance(): number {
    const next = this.#schedule.next
    this.#schedule.putBack(this.#weights[next] ?? 1)
    return next
  }
}

/** Pickers are never made for an empty list. */
function present<H>(host: H | undefined): H {
  if (host === undefined) throw new RangeError('no host at this index')
  return host
}
