import { seededRandom } from '@meshwright/testkit'
import { type Balancer, type Host, type HostSet, hostSet } from '../src/index.ts'

/** Hosts that serve one request after the other; times are drawn from an exponential law. */
export interface QueueingOptions {
  readonly hosts: number
  /** Mean time to serve a request, ms. */
  readonly serviceMs: number
  /** So many times as long takes the first host. */
  readonly slowFactor: number
  /** Load of all hosts together, of what they can serve. */
  readonly utilization: number
  readonly requests: number
  readonly seed: number
}

/** A host of the simulation. */
export interface QueueHost extends Host {
  activeRequests: number
  /** When it is done with all that it has. */
  freeAt: number
  readonly meanMs: number
}

/** Response times in order, ms. */
export function simulateQueues(
  create: (hosts: HostSet<QueueHost>) => Balancer<QueueHost> & {
    report?: (host: QueueHost, rttMs: number, now: number) => void
  },
  options: QueueingOptions,
): Float64Array {
  const { hosts: count, serviceMs, slowFactor, utilization, requests, seed } = options
  const random = seededRandom(seed)
  const exponential = (mean: number): number => -mean * Math.log(1 - random())
  const hosts = Array.from({ length: count }, (_, i) => ({
    address: `${i}`,
    activeRequests: 0,
    freeAt: 0,
    meanMs: i === 0 ? serviceMs * slowFactor : serviceMs,
  }))
  const perMs = hosts.reduce((sum, { meanMs }) => sum + 1 / meanMs, 0)
  const balancer = create(hostSet([{ hosts: hosts.map((host) => ({ host })) }]))
  const ends = new Agenda()
  const times = new Float64Array(requests)
  let now = 0
  for (let i = 0; i < requests; i++) {
    now += exponential(1 / (perMs * utilization))
    for (let ended = ends.takeUntil(now); ended !== undefined; ended = ends.takeUntil(now)) {
      ended.host.activeRequests--
      balancer.report?.(ended.host, ended.at - ended.began, ended.at)
    }
    const host = balancer.pick({ random, now })
    if (host === undefined) throw new Error('no host')
    host.activeRequests++
    host.freeAt = Math.max(host.freeAt, now) + exponential(host.meanMs)
    times[i] = host.freeAt - now
    ends.add({ at: host.freeAt, began: now, host })
  }
  return times.sort()
}

/** The value below which a share of sorted values lies. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

interface End {
  readonly at: number
  readonly began: number
  readonly host: QueueHost
}

/** What ends when; a binary heap. */
class Agenda {
  readonly #ends: End[] = []

  add(end: End): void {
    const heap = this.#ends
    let at = heap.push(end) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || parent.at <= end.at) break
      heap[at] = parent
      at = above
    }
    heap[at] = end
  }

  takeUntil(now: number): End | undefined {
    const [first] = this.#ends
    if (first === undefined || first.at > now) return undefined
    const last = this.#ends.pop()
    if (last !== undefined && last !== first) this.#sink(last)
    return first
  }

  #sink(end: End): void {
    const heap = this.#ends
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const [left, right] = [heap[child], heap[child + 1]]
      if (right !== undefined && left !== undefined && right.at < left.at) child++
      const below = heap[child]
      if (below === undefined || below.at >= end.at) break
      heap[at] = below
      at = child
    }
    heap[at] = end
  }
}
