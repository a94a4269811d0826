/**
 * Consistent hashing with bounded loads: a host that has more than its part of the requests in flight, times a factor, is passed
 * over for the next one in an order that depends on the hash alone. O(n) when it happens.
 * V. Mirrokni, M. Thorup, M. Zadimoghaddam, Consistent Hashing with Bounded Loads (2016); the order as Envoy's
 */
import type { HashTable } from './hash-balancer.ts'
import type { Host } from './host-set.ts'
import { mersenneTwister } from './mersenne-twister.ts'
import type { WeightedHosts } from './weighted-hosts.ts'

/** `table` with a bound of `factorPercent` (at least 100) times a host's share. */
export function boundedLoad<H extends Host>(
  table: HashTable<H>,
  { entries, weights }: WeightedHosts<H>,
  factorPercent: number,
): HashTable<H> {
  const hosts = entries.map(({ host }) => host)
  const shares = new Map(hosts.map((host, i) => [host, weights[i] ?? 0]))

  function overload(host: H, slots: number): number {
    const share = shares.get(host) ?? 0
    return (host.activeRequests ?? 0) / Math.max(Math.ceil(slots * share), 1)
  }

  function instead(first: H, low: number, slots: number): H {
    let best = first
    let least = overload(first, slots)
    for (const index of shuffled(hosts.length, low)) {
      const host = hosts[index]
      if (host === undefined || host === first) continue
      const its = overload(host, slots)
      if (its <= 1) return host
      if (its < least) [best, least] = [host, its]
    }
    return best
  }

  return {
    pick(high, low, attempt) {
      const host = table.pick(high, low, attempt)
      if (host === undefined) return undefined
      let active = 0
      for (const each of hosts) active += each.activeRequests ?? 0
      const slots = Math.floor(((active + 1) * factorPercent + 99) / 100)
      return overload(host, slots) <= 1 ? host : instead(host, low, slots)
    },
  }
}

/** Numbers from 0 to below `length` in an order drawn from a seed, one at a time. */
function* shuffled(length: number, seed: number): Generator<number> {
  const random = mersenneTwister(seed)
  const order = Array.from({ length }, (_, i) => i)
  for (let i = 0; i < length; i++) {
    const other = i + below(length - i, random)
    const taken = order[other] ?? 0
    order[other] = order[i] ?? 0
    yield taken
  }
}

/** Uniform: numbers of the last, incomplete interval are drawn anew. */
function below(bound: number, random: () => number): number {
  const interval = Math.floor(0x1_0000_0000 / bound)
  let drawn = bound
  while (drawn >= bound) drawn = Math.floor(random() / interval)
  return drawn
}
