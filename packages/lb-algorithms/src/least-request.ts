import type { Balancer, PickContext } from './balancer.ts'
import { EdfSchedule } from './edf.ts'
import type { Host, HostEntry, HostSet } from './host-set.ts'
import { type HostPicker, PriorityBalancer } from './priority-balancer.ts'
import { weighAlike } from './round-robin.ts'
import { sample } from './sample.ts'

export interface LeastRequestOptions {
  /** How many hosts are drawn, of which the least busy is taken. Envoy: `choice_count`. Default: 2. */
  readonly choiceCount?: number
  /** How much requests in flight count against a host's weight, where weights differ. Envoy: `active_request_bias`. Default: 1. */
  readonly activeRequestBias?: number
}

/**
 * The less busy of a few hosts drawn at random; where weights differ, weighted turns in which a busy host weighs less.
 *
 * @throws {RangeError} if an option makes no sense.
 * @see M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (2001)
 */
export function leastRequest<H extends Host>(
  hosts: HostSet<H>,
  { choiceCount = 2, activeRequestBias = 1 }: LeastRequestOptions = {},
): Balancer<H> {
  if (!Number.isInteger(choiceCount) || choiceCount < 2) {
    throw new RangeError(`choiceCount: expected an integer of at least 2, got ${choiceCount}`)
  }
  if (!(activeRequestBias >= 0)) {
    throw new RangeError(`activeRequestBias: expected at least 0, got ${activeRequestBias}`)
  }
  return new PriorityBalancer(hosts, (entries) =>
    weighAlike(entries)
      ? new Choices(entries, choiceCount)
      : new BusyTurns(entries, activeRequestBias),
  )
}

class Choices<H extends Host> implements HostPicker<H> {
  readonly #hosts: readonly H[]
  readonly #count: number

  constructor(entries: readonly HostEntry<H>[], count: number) {
    this.#hosts = entries.map(({ host }) => host)
    this.#count = count
  }

  pick({ random }: PickContext<H>): H {
    let best = sample(this.#hosts, random)
    for (let i = 1; i < this.#count; i++) {
      const other = sample(this.#hosts, random)
      if ((other.activeRequests ?? 0) < (best.activeRequests ?? 0)) best = other
    }
    return best
  }
}

class BusyTurns<H extends Host> implements HostPicker<H> {
  readonly #entries: readonly HostEntry<H>[]
  readonly #bias: number
  readonly #schedule: EdfSchedule

  constructor(entries: readonly HostEntry<H>[], bias: number) {
    this.#entries = entries
    this.#bias = bias
    this.#schedule = new EdfSchedule(entries.map((entry) => this.#weight(entry)))
  }

  pick(_context: PickContext<H>): H {
    const entry = this.#entries[this.#schedule.next]
    if (entry === undefined) throw new RangeError('no host at this index')
    this.#schedule.putBack(this.#weight(entry))
    return entry.host
  }

  #weight({ host, weight = 1 }: HostEntry<H>): number {
    return weight / (Math.max(0, host.activeRequests ?? 0) + 1) ** this.#bias
  }
}
