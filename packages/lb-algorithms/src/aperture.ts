/**
 * Deterministic aperture: callers and hosts stand evenly on two circles; a caller uses the hosts under its own arc, so that each
 * needs few connections and every host is used by as many. Within the arc the less busy of two is taken; a host at its edge
 * comes up as often as its part under it. O(1) per pick.
 * https://twitter.github.io/finagle/guide/ApertureLoadBalancers.html
 */
import type { Balancer, PickContext } from './balancer.ts'
import type { HostList } from './host-list.ts'
import type { Host, HostSet } from './host-set.ts'
import { checkInteger, maxUint32 } from './host-set-settings.ts'
import type { HostPicker } from './pickers.ts'
import { PriorityBalancer } from './priority-balancer.ts'

export interface ApertureOptions {
  /** Which of the callers this one is, from 0. Envoy: `peer_index`. */
  readonly peer: number
  /** How many callers there are. Envoy: `total_peers`. */
  readonly peers: number
  /** Hosts to use at least. Default: 1. */
  readonly minHosts?: number
}

/**
 * The less busy of two hosts under the caller's arc.
 *
 * @throws {HostSetError} if the peer is not one of them.
 */
export function aperture<H extends Host>(
  hosts: HostSet<H>,
  { peer, peers, minHosts = 1 }: ApertureOptions,
): Balancer<H> {
  checkInteger('peers', peers, [1, maxUint32])
  checkInteger('peer', peer, [0, peers - 1])
  checkInteger('minHosts', minHosts, [1, maxUint32])
  return new PriorityBalancer(hosts, (list) => {
    // Whole arcs, so that callers together cover every host alike.
    const arcs = Math.ceil((minHosts * peers) / list.length)
    return new Arc(list, peer / peers, Math.min(1, Math.max(1, arcs) / peers))
  })
}

class Arc<H extends Host> implements HostPicker<H> {
  readonly #list: HostList<H>
  /** Where the arc begins, of the whole circle. */
  readonly #start: number
  readonly #width: number

  constructor(list: HostList<H>, start: number, width: number) {
    this.#list = list
    this.#start = start
    this.#width = width
  }

  pick({ random }: PickContext<H>): H {
    const first = this.#indexAt(random() * this.#width)
    const second = this.#second(first, random)
    const [a, b] = [this.#list.hostAt(first), this.#list.hostAt(second)]
    return (b.activeRequests ?? 0) < (a.activeRequests ?? 0) ? b : a
  }

  /** The index of the host at an offset into the arc. */
  #indexAt(offset: number): number {
    const at = (this.#start + offset) % 1
    return Math.min(Math.floor(at * this.#list.length), this.#list.length - 1)
  }

  /** Another host under the arc: the part of the first one is taken out of it. The first, if there is no other. */
  #second(first: number, random: () => number): number {
    const unit = 1 / this.#list.length
    let begin = first * unit - this.#start
    if (begin + unit <= 0) begin += 1
    const from = Math.max(0, begin)
    const taken = Math.min(this.#width, begin + unit) - from
    const left = this.#width - taken
    if (left <= unit * hair) return first
    const offset = random() * left
    return this.#indexAt(offset < from ? offset : offset + taken)
  }
}

/** Less than this part of a host is a rounding error. */
const hair = 1e-9
