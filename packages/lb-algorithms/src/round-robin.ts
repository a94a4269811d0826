import type { Balancer, PickContext } from './balancer.ts'
import { ClassTurns } from './class-turns.ts'
import type { HostList } from './host-list.ts'
import type { Host, HostSet } from './host-set.ts'
import { checkInteger } from './host-set-settings.ts'
import type { HostPicker } from './pickers.ts'
import { PriorityBalancer } from './priority-balancer.ts'
import {
  isAnyStarting,
  resolveSlowStart,
  type SlowStartOptions,
  slowStartFactor,
} from './slow-start.ts'
import { WeightedTurns } from './weighted-turns.ts'

export interface RoundRobinOptions {
  /** How many picks to begin with have been made already, so that many proxies do not begin alike. Default: 0. */
  readonly seed?: number
  /** New hosts take their share little by little. It needs `now` in the context. Default: at once. */
  readonly slowStart?: SlowStartOptions
}

/**
 * One host after the other; by weight, spread evenly, if they weigh differently. Where they weigh alike an update goes on where
 * the last pick was, in O(1).
 *
 * @throws {HostSetError} if an option makes no sense.
 */
export function roundRobin<H extends Host>(
  hosts: HostSet<H>,
  { seed = 0, slowStart: slowStartOptions }: RoundRobinOptions = {},
): Balancer<H> {
  checkInteger('seed', seed, [0, Number.MAX_SAFE_INTEGER])
  const slowStart = resolveSlowStart(slowStartOptions)
  return new PriorityBalancer(hosts, (list, { now }, previous) => {
    if (list.weighAlike && !isAnyStarting(list, slowStart, now)) {
      return new Turns(list, previous instanceof Turns ? previous.next : seed)
    }
    if (slowStart === undefined) return new ClassTurns(list, seed)
    return new WeightedTurns(list, {
      seed,
      now,
      weightOf: (entry, at) => (entry.weight ?? 1) * slowStartFactor(slowStart, entry, at),
    })
  })
}

class Turns<H extends Host> implements HostPicker<H> {
  readonly #list: HostList<H>
  next: number

  constructor(list: HostList<H>, seed: number) {
    this.#list = list
    this.next = seed % list.length
  }

  pick(_context: PickContext<H>): H {
    const host = this.#list.hostAt(this.next)
    this.next = this.next + 1 === this.#list.length ? 0 : this.next + 1
    return host
  }
}
