/**
 * 64-bit hashes in order, each with a number. Sorted by radix, found by the bucket of their first bits and then by halves:
 * as hashes spread evenly a bucket holds about sixteen. O(n) to build, O(1) expected to find.
 */
export class SortedHashes {
  readonly length: number
  /** High half and owner of each, side by side so that a find touches one line of the cache. */
  readonly #entries: Uint32Array
  /** Low halves, looked at only where high ones are the same. */
  readonly #lows: Uint32Array
  /** Where each bucket begins; the last one ends at the length. */
  readonly #starts: Uint32Array
  readonly #shift: number

  constructor({ highs, lows, owners, length }: Hashes) {
    const order = sortedOrder(highs, lows, length)
    this.length = length
    this.#entries = new Uint32Array(2 * length)
    this.#lows = new Uint32Array(length)
    for (let i = 0; i < length; i++) {
      const from = order[i] ?? 0
      this.#entries[2 * i] = highs[from] ?? 0
      this.#entries[2 * i + 1] = owners[from] ?? 0
      this.#lows[i] = lows[from] ?? 0
    }
    this.#shift = Math.min(31, Math.clz32(length >>> entriesPerBucketBits))
    this.#starts = this.#bucketStarts()
  }

  /** The first hash that is not below; after the last comes the first. Halves may be signed. */
  indexOf(signedHigh: number, signedLow: number): number {
    const high = signedHigh >>> 0
    const bucket = high >>> this.#shift
    let from = this.#starts[bucket] ?? 0
    let to = this.#starts[bucket + 1] ?? 0
    while (from < to) {
      const middle = (from + to) >>> 1
      const above = this.#entries[2 * middle] ?? 0
      if (above < high || (above === high && this.#isLowBelow(middle, signedLow))) from = middle + 1
      else to = middle
    }
    return from === this.length ? 0 : from
  }

  ownerAt(index: number): number {
    return this.#entries[2 * index + 1] ?? 0
  }

  #isLowBelow(index: number, low: number): boolean {
    return (this.#lows[index] ?? 0) < low >>> 0
  }

  #bucketStarts(): Uint32Array {
    const starts = new Uint32Array((0xffff_ffff >>> this.#shift) + 2)
    let at = 0
    for (let bucket = 0; bucket < starts.length; bucket++) {
      while (at < this.length && (this.#entries[2 * at] ?? 0) >>> this.#shift < bucket) at++
      starts[bucket] = at
    }
    return starts
  }
}

export interface Hashes {
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  readonly owners: Uint32Array
  /** How many of the arrays count. */
  readonly length: number
}

/** Few enough to lie together, and enough that where buckets begin is a small table. */
const entriesPerBucketBits = 4
const digitBits = 11
const digits = 1 << digitBits

/** Indexes in order of their hashes; equal ones stay as they were. */
function sortedOrder(highs: Uint32Array, lows: Uint32Array, length: number): Uint32Array {
  let order = Uint32Array.from({ length }, (_, i) => i)
  let other = new Uint32Array(length)
  for (let shift = 0; shift < 32; shift += digitBits) {
    sortByDigit(highs, order, other, shift)
    const swapped = order
    order = other
    other = swapped
  }
  sortTies(order, highs, lows)
  return order
}

function sortByDigit(
  highs: Uint32Array,
  order: Uint32Array,
  into: Uint32Array,
  shift: number,
): void {
  const places = new Uint32Array(digits)
  for (const index of order) {
    const digit = ((highs[index] ?? 0) >>> shift) & (digits - 1)
    places[digit] = (places[digit] ?? 0) + 1
  }
  let sum = 0
  for (let digit = 0; digit < digits; digit++) {
    const count = places[digit] ?? 0
    places[digit] = sum
    sum += count
  }
  for (const index of order) {
    const digit = ((highs[index] ?? 0) >>> shift) & (digits - 1)
    const place = places[digit] ?? 0
    into[place] = index
    places[digit] = place + 1
  }
}

/** Puts those with the same high half in order by the low one; there are few. */
function sortTies(order: Uint32Array, highs: Uint32Array, lows: Uint32Array): void {
  for (let from = 0; from < order.length; ) {
    const high = highs[order[from] ?? 0]
    let to = from + 1
    while (to < order.length && highs[order[to] ?? 0] === high) to++
    if (to - from > 1) {
      const tied = [...order.subarray(from, to)].sort((a, b) => (lows[a] ?? 0) - (lows[b] ?? 0))
      order.set(tied, from)
    }
    from = to
  }
}
