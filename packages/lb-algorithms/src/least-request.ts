import type { Balancer, PickContext } from './balancer.ts'
import { HostSetError } from './errors.ts'
import type { HostList } from './host-list.ts'
import type { Host, HostEntry, HostSet } from './host-set.ts'
import { checkInteger, checkNumber, maxUint32 } from './host-set-settings.ts'
import type { HostPicker } from './pickers.ts'
import { PriorityBalancer } from './priority-balancer.ts'
import { sampleIndex } from './sample.ts'
import {
  isAnyStarting,
  resolveSlowStart,
  type SlowStartOptions,
  slowStartFactor,
} from './slow-start.ts'
import { WeightedTurns } from './weighted-turns.ts'

export interface LeastRequestOptions {
  /** How many hosts are drawn, of which the least busy is taken. Envoy: `choice_count`. Default: 2. */
  readonly choiceCount?: number
  /** How much requests in flight count against a host's weight, where weights differ. Envoy: `active_request_bias`. Default: 1. */
  readonly activeRequestBias?: number
  /** Look at a few hosts drawn, or at all of them. Envoy: `selection_method`. Default: choices. */
  readonly selectionMethod?: 'choices' | 'full-scan'
  /** New hosts take their share little by little. It needs `now` in the context. Default: at once. */
  readonly slowStart?: SlowStartOptions
}

/**
 * The less busy of a few hosts drawn at random; where weights differ, weighted turns in which a busy host weighs less.
 *
 * @throws {HostSetError} if an option makes no sense.
 * @see M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (2001)
 */
export function leastRequest<H extends Host>(
  hosts: HostSet<H>,
  options: LeastRequestOptions = {},
): Balancer<H> {
  const { choiceCount = 2, activeRequestBias = 1, selectionMethod = 'choices' } = options
  checkInteger('choiceCount', choiceCount, [2, maxUint32])
  checkNumber('activeRequestBias', activeRequestBias, [0, Number.MAX_VALUE])
  if (selectionMethod !== 'choices' && selectionMethod !== 'full-scan') {
    throw new HostSetError('selectionMethod', 'choices or full-scan', selectionMethod)
  }
  const slowStart = resolveSlowStart(options.slowStart)
  const weightOf = (entry: HostEntry<Host>, now: number | undefined): number => {
    const weight = busyWeight(entry, activeRequestBias)
    return slowStart === undefined ? weight : weight * slowStartFactor(slowStart, entry, now)
  }
  return new PriorityBalancer(hosts, (list, { now }) => {
    if (!list.weighAlike || isAnyStarting(list, slowStart, now)) {
      return new WeightedTurns(list, { seed: 0, now, weightOf })
    }
    const all = selectionMethod === 'full-scan'
    return all ? new FullScan(list) : new Choices(list, choiceCount)
  })
}

/** Weight / (active + 1)^bias; never so small that its turn would not come again. */
function busyWeight({ host, weight = 1 }: HostEntry<Host>, bias: number): number {
  const { activeRequests: active = 0 } = host
  return Math.max(weight / ((active > 0 ? active : 0) + 1) ** bias, leastWeight)
}

const leastWeight = 1e-9

class Choices<H extends Host> implements HostPicker<H> {
  readonly #list: HostList<H>
  readonly #count: number

  constructor(list: HostList<H>, count: number) {
    this.#list = list
    this.#count = count
  }

  pick({ random }: PickContext<H>): H {
    const list = this.#list
    let best = list.hostAt(sampleIndex(list.length, random))
    for (let i = 1; i < this.#count; i++) {
      const other = list.hostAt(sampleIndex(list.length, random))
      if ((other.activeRequests ?? 0) < (best.activeRequests ?? 0)) best = other
    }
    return best
  }
}

/** The least busy of all; of several, any, each as likely as the other. O(n). */
class FullScan<H extends Host> implements HostPicker<H> {
  readonly #list: HostList<H>

  constructor(list: HostList<H>) {
    this.#list = list
  }

  pick({ random }: PickContext<H>): H {
    const list = this.#list
    let best = list.hostAt(0)
    let tied = 1
    for (let i = 1; i < list.length; i++) {
      const host = list.hostAt(i)
      const difference = (host.activeRequests ?? 0) - (best.activeRequests ?? 0)
      if (difference > 0) continue
      tied = difference < 0 ? 1 : tied + 1
      if (sampleIndex(tied, random) === 0) best = host
    }
    return best
  }
}
