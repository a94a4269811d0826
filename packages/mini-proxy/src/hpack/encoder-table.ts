import { entryOverhead } from './decoder-table.ts'
import { staticCount } from './static-table.ts'

/** The living entries of one name. */
interface NamedEntries {
  /** The newest of them; the others were added, and so are evicted, before. */
  newest: number
  readonly idOf: Map<string, number>
}

interface Entry {
  readonly name: string
  readonly value: string
  readonly hash: number
}

/** Counts of entries by hash; a power of two. */
const buckets = 256

/**
 * The dynamic table of an encoder: what the peer's decoder holds, searched by name and value. An entry is known by how
 * many were added before it, which stays true while others come and go.
 *
 * The hash that comes with a field is the caller's, and any will do: it saves most searches for fields that are not here.
 */
export class EncoderTable {
  readonly #entries = new Map<number, Entry>()
  readonly #names = new Map<string, NamedEntries>()
  /** How many entries have a hash. */
  readonly #hashed = new Uint16Array(buckets)
  /** Ids begin at 1, so that 0 stands for none. */
  #added = 1
  #oldest = 1
  #bytes = 0
  #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Whether the entry has not been evicted. */
  holds(id: number): boolean {
    return id >= this.#oldest
  }

  /** The index that stands for an entry now. */
  indexOf(id: number): number {
    return staticCount + this.#added - id
  }

  /** The entry of exactly this field. */
  find(name: string, value: string, hash: number): number | undefined {
    if (this.#hashed[hash & (buckets - 1)] === 0) return undefined
    return this.#names.get(name)?.idOf.get(value)
  }

  /** The newest entry of the name. */
  findName(name: string): number | undefined {
    return this.#names.get(name)?.newest
  }

  nameOf(id: number): string {
    return this.#entries.get(id)?.name ?? ''
  }

  valueOf(id: number): string {
    return this.#entries.get(id)?.value ?? ''
  }

  /** Adds an entry that is no larger than the capacity, after evicting what it needs, and gives its id. */
  add(name: string, value: string, hash: number): number {
    const size = name.length + value.length + entryOverhead
    this.#evictDownTo(this.#capacity - size)
    const id = this.#added++
    const named = this.#names.get(name) ?? { newest: id, idOf: new Map() }
    named.newest = id
    named.idOf.set(value, id)
    this.#names.set(name, named)
    this.#entries.set(id, { name, value, hash })
    this.#count(hash, 1)
    this.#bytes += size
    return id
  }

  resize(capacity: number): void {
    this.#capacity = capacity
    this.#evictDownTo(capacity)
  }

  #evictDownTo(bytes: number): void {
    while (this.#bytes > bytes && this.#oldest < this.#added) {
      const id = this.#oldest++
      const entry = this.#entries.get(id)
      this.#entries.delete(id)
      if (entry !== undefined) this.#forget(id, entry)
    }
  }

  #count(hash: number, change: number): void {
    const bucket = hash & (buckets - 1)
    this.#hashed[bucket] = (this.#hashed[bucket] ?? 0) + change
  }

  #forget(id: number, { name, value, hash }: Entry): void {
    this.#count(hash, -1)
    this.#bytes -= name.length + value.length + entryOverhead
    const named = this.#names.get(name)
    if (named?.newest === id) this.#names.delete(name)
    else if (named?.idOf.get(value) === id) named.idOf.delete(value)
  }
}
