import type { Host, HostEntry } from './host-set.ts'

/**
 * An immutable list of hosts that grows in O(1): lists made by {@link HostList.with} share one array, and each sees only as much
 * of it as there was when it was made.
 */
export class HostList<H extends Host> implements Iterable<HostEntry<H>> {
  readonly length: number
  /** Whether no host weighs more than another. */
  readonly weighAlike: boolean
  /** Sum of the weights. */
  readonly totalWeight: number
  /** The latest of {@link HostEntry.healthySince}; minus infinity if none says. */
  readonly latestHealthySince: number
  /** What lies below `length` never changes. */
  readonly #shared: HostEntry<H>[]
  /** Their hosts, so that a pick need not go by the entry. */
  readonly #hosts: H[]

  private constructor(shared: HostEntry<H>[], hosts: H[], summary: Summary) {
    this.#shared = shared
    this.#hosts = hosts
    this.length = summary.length
    this.weighAlike = summary.weighAlike
    this.totalWeight = summary.totalWeight
    this.latestHealthySince = summary.latestHealthySince
  }

  /** Copies the entries. */
  static of<H extends Host>(entries: Iterable<HostEntry<H>>): HostList<H> {
    const shared = [...entries]
    const first = shared[0]?.weight ?? 1
    let weighAlike = true
    let totalWeight = 0
    let latestHealthySince = Number.NEGATIVE_INFINITY
    for (const { weight = 1, healthySince } of shared) {
      weighAlike &&= weight === first
      totalWeight += weight
      if (healthySince !== undefined)
        latestHealthySince = Math.max(latestHealthySince, healthySince)
    }
    return new HostList(
      shared,
      shared.map(({ host }) => host),
      {
        length: shared.length,
        weighAlike,
        totalWeight,
        latestHealthySince,
      },
    )
  }

  /** @throws {RangeError} if there is none at this index. */
  at(index: number): HostEntry<H> {
    const found = index < this.length ? this.#shared[index] : undefined
    if (found === undefined) throw new RangeError(`no host at index ${index} of ${this.length}`)
    return found
  }

  /**
   * The host of the entry at `index`.
   *
   * @throws {RangeError} if there is none at this index.
   */
  hostAt(index: number): H {
    const found = index < this.length ? this.#hosts[index] : undefined
    if (found === undefined) throw new RangeError(`no host at index ${index} of ${this.length}`)
    return found
  }

  /** A list with one more at the end. O(1) amortised for the latest list, O(n) for older ones. */
  with(entry: HostEntry<H>): HostList<H> {
    const isLatest = this.#shared.length === this.length
    const shared = isLatest ? this.#shared : this.#shared.slice(0, this.length)
    const hosts = isLatest ? this.#hosts : this.#hosts.slice(0, this.length)
    shared.push(entry)
    hosts.push(entry.host)
    const { weight = 1, healthySince = Number.NEGATIVE_INFINITY } = entry
    return new HostList(shared, hosts, {
      length: this.length + 1,
      weighAlike: this.weighAlike && weight === (shared[0]?.weight ?? 1),
      totalWeight: this.totalWeight + weight,
      latestHealthySince: Math.max(this.latestHealthySince, healthySince),
    })
  }

  *[Symbol.iterator](): Iterator<HostEntry<H>> {
    for (let i = 0; i < this.length; i++) yield this.at(i)
  }

  /** A copy as an array. */
  toArray(): HostEntry<H>[] {
    return this.#shared.slice(0, this.length)
  }
}

interface Summary {
  readonly length: number
  readonly weighAlike: boolean
  readonly totalWeight: number
  readonly latestHealthySince: number
}
