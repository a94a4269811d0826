/**
 * Ring hash: every host stands at many places of a ring of 64-bit numbers; a request goes to the first place at or after
 * its hash. A host that joins takes places only for itself, one that leaves leaves only its own. O(n) to build, O(1)
 * expected per pick.
 * D. Karger et al., Consistent Hashing and Random Trees (1997); built as libketama and Envoy do
 */
import type { Balancer } from './balancer.ts'
import { bytesOf } from './bytes-of.ts'
import { HostSetError } from './errors.ts'
import { HashBalancer, type HashTable } from './hash-balancer.ts'
import { hashKeyOf } from './hash-key.ts'
import type { Host, HostSet } from './host-set.ts'
import { checkInteger } from './host-set-settings.ts'
import { murmurInto } from './murmur-hash2.ts'
import { SortedHashes } from './sorted-hashes.ts'
import type { WeightedHosts } from './weighted-hosts.ts'
import { hashInto } from './xx-hash64.ts'

export interface RingHashOptions {
  /** Places on the ring at least, up to 8 388 608. Envoy: `minimum_ring_size`. Default: 1024. */
  readonly minRingSize?: number
  /** Places on the ring at most, up to 8 388 608. Envoy: `maximum_ring_size`. Default: 8 388 608. */
  readonly maxRingSize?: number
  /** What places hosts on the ring. Envoy: `hash_function`. Default: xxHash64. */
  readonly hashFunction?: 'xxHash64' | 'murmurHash2'
  /** Hash host names rather than addresses. Envoy: `use_hostname_for_hashing`. Default: false. */
  readonly useHostname?: boolean
  /** Percent of its share of the requests in flight that a host takes before others step in; 0: no bound. Envoy: `hash_balance_factor`. Default: 0. */
  readonly balanceFactor?: number
}

/**
 * The host at or after the hash of the request on a ring; the same as Envoy's for the same hosts.
 *
 * @throws {HostSetError} if a ring size is out of its range or the smallest is above the largest.
 */
export function ringHash<H extends Host>(
  hosts: HostSet<H>,
  options: RingHashOptions = {},
): Balancer<H> {
  const settings = { ...defaults, ...options }
  const { minRingSize, maxRingSize } = settings
  checkInteger('maxRingSize', maxRingSize, [1, ringSizeLimit])
  checkInteger('minRingSize', minRingSize, [1, maxRingSize])
  if (!Object.hasOwn(hashes, settings.hashFunction)) {
    throw new HostSetError('hashFunction', Object.keys(hashes).join(' or '), settings.hashFunction)
  }
  return new HashBalancer(hosts, (weighted) => new Ring(weighted, settings), settings.balanceFactor)
}

/** Envoy's own. */
const ringSizeLimit = 8_388_608
const defaults: Required<RingHashOptions> = {
  minRingSize: 1024,
  maxRingSize: ringSizeLimit,
  hashFunction: 'xxHash64',
  useHostname: false,
  balanceFactor: 0,
}

const hashes = { xxHash64: hashInto, murmurHash2: murmurInto }

class Ring<H extends Host> implements HashTable<H> {
  readonly #hosts: readonly H[]
  readonly #places: SortedHashes

  constructor(weighted: WeightedHosts<H>, settings: Required<RingHashOptions>) {
    this.#hosts = weighted.entries.map(({ host }) => host)
    this.#places = new SortedHashes(placesOf(weighted, settings))
  }

  pick(high: number, low: number, attempt: number): H | undefined {
    const { length } = this.#places
    if (length === 0) return undefined
    const found = this.#places.indexOf(high, low)
    const place = attempt === 0 ? found : (found + attempt) % length
    return this.#hosts[this.#places.ownerAt(place)]
  }
}

/** Hashes with the index of the host each stands for. */
interface Places {
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  readonly owners: Uint32Array
  readonly length: number
}

/**
 * So many places that the lightest host gets a whole number of them. The shares of the others need not be whole: running
 * sums spread the rounding over the hosts.
 */
function placesOf<H extends Host>(
  { entries, weights, min }: WeightedHosts<H>,
  { minRingSize, maxRingSize, hashFunction, useHostname }: Required<RingHashOptions>,
): Places {
  const scale = Math.min(Math.ceil(min * minRingSize) / min, maxRingSize)
  // Sums of rounded shares may pass the whole by a hair, and one place more is set.
  const capacity = entries.length === 0 ? 0 : Math.ceil(scale) + 1
  const highs = new Uint32Array(capacity)
  const lows = new Uint32Array(capacity)
  const owners = new Uint32Array(capacity)
  const hash = hashes[hashFunction]
  const out = { high: 0, low: 0 }
  let length = 0
  let target = 0
  for (const [owner, entry] of entries.entries()) {
    target += scale * (weights[owner] ?? 0)
    const key = new NumberedKey(bytesOf(hashKeyOf(entry, useHostname)))
    for (; length < target && length < capacity; length++) {
      hash(out, key.bytes, key.length)
      highs[length] = out.high
      lows[length] = out.low
      owners[length] = owner
      key.increment()
    }
  }
  return { highs, lows, owners, length }
}

/** A key followed by `_` and a number that counts up from 0. */
class NumberedKey {
  readonly bytes: Uint8Array
  length: number
  readonly #start: number

  constructor(key: Uint8Array) {
    this.#start = key.length + 1
    this.bytes = new Uint8Array(this.#start + maxDigits)
    this.bytes.set(key)
    this.bytes[key.length] = underscore
    this.bytes[this.#start] = zero
    this.length = this.#start + 1
  }

  increment(): void {
    for (let at = this.length - 1; at >= this.#start; at--) {
      const digit = this.bytes[at] ?? 0
      if (digit < nine) {
        this.bytes[at] = digit + 1
        return
      }
      this.bytes[at] = zero
    }
    this.bytes[this.#start] = zero + 1
    this.bytes[this.length++] = zero
  }
}

/** Of the largest ring, with one to spare. */
const maxDigits = 8
const underscore = 0x5f
const zero = 0x30
const nine = 0x39
