/**
 * Maglev: every host fills a table in an order of its own, one slot after the other in turns by weight, until it is full;
 * a pick is one look-up. A host that leaves moves few of the others' slots. O(table size) to build, O(1) per pick.
 * D. Eisenbud et al., Maglev: A Fast and Reliable Software Network Load Balancer (NSDI 2016)
 */
import type { Balancer } from './balancer.ts'
import { bytesOf } from './bytes-of.ts'
import { compareText } from './compare-text.ts'
import { HostSetError } from './errors.ts'
import { FreeSlots } from './free-slots.ts'
import { HashBalancer, type HashTable } from './hash-balancer.ts'
import { hashKeyOf } from './hash-key.ts'
import { hashTextInto } from './hash-of-keys.ts'
import type { Host, HostSet } from './host-set.ts'
import type { WeightedHosts } from './weighted-hosts.ts'

export interface MaglevOptions {
  /** A prime of at most 5 000 011. Envoy: `table_size`. Default: 65 537. */
  readonly tableSize?: number
  /** Hash host names rather than addresses. Envoy: `use_hostname_for_hashing`. Default: false. */
  readonly useHostname?: boolean
  /** Percent of its share of the requests in flight that a host takes before others step in; 0: no bound. Envoy: `hash_balance_factor`. Default: 0. */
  readonly balanceFactor?: number
}

/**
 * The host that the hash of the request stands for; the same as Envoy's for the same hosts.
 *
 * @throws {HostSetError} if the table size is no prime or out of its range.
 */
export function maglev<H extends Host>(
  hosts: HostSet<H>,
  { tableSize = 65_537, useHostname = false, balanceFactor = 0 }: MaglevOptions = {},
): Balancer<H> {
  if (!Number.isInteger(tableSize) || tableSize > maxTableSize || !isPrime(tableSize)) {
    throw new HostSetError('tableSize', `a prime of at most ${maxTableSize}`, tableSize)
  }
  const make = (weighted: WeightedHosts<H>) => new MaglevTable(weighted, tableSize, useHostname)
  return new HashBalancer(hosts, make, balanceFactor)
}

/** Envoy's own. */
const maxTableSize = 5_000_011

function isPrime(value: number): boolean {
  if (value < 2) return false
  for (let divisor = 2; divisor * divisor <= value; divisor++) {
    if (value % divisor === 0) return false
  }
  return true
}

class MaglevTable<H extends Host> implements HashTable<H> {
  readonly #hosts: readonly H[]
  /** Index of the host of each slot. */
  readonly #slots: Int32Array
  readonly #modulus: Modulus

  constructor(weighted: WeightedHosts<H>, tableSize: number, useHostname: boolean) {
    const hosts = weighted.entries.map((entry, i) => {
      const key = hashKeyOf(entry, useHostname)
      return { host: entry.host, key, weight: weighted.weights[i] ?? 0 }
    })
    // The order decides who fills a slot first; it must not depend on the order in which hosts are listed.
    sortByKey(hosts)
    this.#hosts = hosts.map(({ host }) => host)
    this.#modulus = new Modulus(tableSize)
    this.#slots = new Int32Array(hosts.length === 0 ? 0 : tableSize)
    fill(this.#slots, hosts, weighted)
  }

  pick(high: number, low: number, attempt: number): H | undefined {
    if (this.#hosts.length === 0) return undefined
    // A further attempt flips nearly every bit: the hash XOR minus the attempt, in 64 bits.
    const slot =
      attempt === 0 ? this.#modulus.of(high, low) : this.#modulus.of(~high, low ^ -attempt)
    return this.#hosts[this.#slots[slot] ?? 0]
  }
}

interface KeyedWeight {
  readonly key: string
  readonly weight: number
}

/** Lets hosts fill one slot after the other until there are no more. */
function fill(slots: Int32Array, hosts: readonly KeyedWeight[], range: WeightRange): void {
  const { starts, skips } = permutations(hosts, slots.length)
  const turns = new FillTurns(hosts, range)
  const free = new FreeSlots(slots.length)
  let first = turns.areAlike ? free.deal(slots, starts, skips) : 0
  for (let round = 1; free.left > 0; round++) {
    for (let i = first; i < hosts.length && free.left > 0; i++) {
      if (!turns.take(i, round)) continue
      const slot = free.take(starts[i] ?? 0, skips[i] ?? 1)
      slots[slot] = i
      // It is taken now: the next turn finds the one that follows.
      starts[i] = slot
    }
    first = 0
  }
}

type WeightRange = Pick<WeightedHosts<Host>, 'min' | 'max'>

/** Whose turn it is to fill a slot: that of the heaviest in every round, of others as often as their weight says. */
class FillTurns {
  readonly #weights: Float64Array
  readonly #targets: Float64Array
  readonly #max: number
  /** Everybody's, in every round. */
  readonly areAlike: boolean

  constructor(hosts: readonly KeyedWeight[], { min, max }: WeightRange) {
    this.#max = max
    this.areAlike = min === max
    // Where all weigh alike nobody asks for them.
    const weights = this.areAlike ? [] : hosts.map(({ weight }) => weight)
    this.#weights = new Float64Array(weights)
    this.#targets = new Float64Array(weights.length)
  }

  take(index: number, round: number): boolean {
    if (this.areAlike) return true
    const target = this.#targets[index] ?? 0
    if (round * (this.#weights[index] ?? 0) < target) return false
    this.#targets[index] = target + this.#max
    return true
  }
}

/** Where each host begins to fill, and in which steps it goes on. */
function permutations(
  hosts: readonly KeyedWeight[],
  size: number,
): { starts: Int32Array; skips: Int32Array } {
  const starts = new Int32Array(hosts.length)
  const skips = new Int32Array(hosts.length)
  if (size === 0) return { starts, skips }
  const out = { high: 0, low: 0 }
  const [bySize, byOneLess] = [new Modulus(size), new Modulus(size - 1)]
  for (let i = 0; i < hosts.length; i++) {
    const key = hosts[i]?.key ?? ''
    hashTextInto(out, key, 0, 0)
    starts[i] = bySize.of(out.high, out.low)
    hashTextInto(out, key, 0, 1)
    skips[i] = byOneLess.of(out.high, out.low) + 1
  }
  return { starts, skips }
}

/** Remainders of 64-bit numbers by one divisor below 2^23, by multiplication: no engine divides large numbers fast. */
class Modulus {
  readonly #divisor: number
  readonly #reciprocal: number
  /** 2^16 modulo the divisor. */
  readonly #step: number

  constructor(divisor: number) {
    this.#divisor = divisor
    this.#reciprocal = 1 / divisor
    this.#step = 0x1_0000 % divisor
  }

  /** Halves may be signed. */
  of(high: number, low: number): number {
    const upper = this.#reduce(this.#reduce(high >>> 0) * this.#step + (low >>> 16))
    return this.#reduce(upper * this.#step + (low & 0xffff))
  }

  /** Of a whole number below 2^52. */
  #reduce(value: number): number {
    const rest = value - Math.floor(value * this.#reciprocal) * this.#divisor
    // The reciprocal is rounded: the quotient may be off by one.
    if (rest < 0) return rest + this.#divisor
    return rest >= this.#divisor ? rest - this.#divisor : rest
  }
}

/** By the bytes of the key, as Envoy sorts. Where characters are bytes, texts compare alike and faster. */
function sortByKey(hosts: { readonly key: string }[]): void {
  if (hosts.every(({ key }) => isLatin1(key))) hosts.sort((a, b) => compareText(a.key, b.key))
  else hosts.sort((a, b) => compareBytes(bytesOf(a.key), bytesOf(b.key)))
}

function isLatin1(text: string): boolean {
  let all = 0
  for (let i = 0; i < text.length; i++) all |= text.charCodeAt(i)
  return all <= 0xff
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
