/** What every entry costs beyond its characters: RFC 7541 4.1. */
export const entryOverhead = 32

const initialSlots = 16

/**
 * The dynamic table of a decoder: a ring whose newest entry is at distance 0. Entries are added and evicted in constant
 * time each, and hold no more than `capacity` bytes by the counting of RFC 7541 4.1.
 */
export class DecoderTable {
  /** By slot; a slot outside of the ring's living part holds empty strings. */
  #names: string[] = new Array(initialSlots).fill('')
  #values: string[] = new Array(initialSlots).fill('')
  #nameForms: boolean[] = new Array(initialSlots).fill(false)
  #forms: boolean[] = new Array(initialSlots).fill(false)
  #mask = initialSlots - 1
  /** Entries ever added; the newest one's slot is the one before. */
  #added = 0
  #count = 0
  #bytes = 0
  #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get capacity(): number {
    return this.#capacity
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#bytes
  }

  nameAt(distance: number): string {
    return this.#names[(this.#added - 1 - distance) & this.#mask] ?? ''
  }

  valueAt(distance: number): string {
    return this.#values[(this.#added - 1 - distance) & this.#mask] ?? ''
  }

  isNameWellFormed(distance: number): boolean {
    return this.#nameForms[(this.#added - 1 - distance) & this.#mask] ?? false
  }

  isWellFormed(distance: number): boolean {
    return this.#forms[(this.#added - 1 - distance) & this.#mask] ?? false
  }

  /** Adds an entry, after evicting what it needs; one that is larger than the table empties it and is not added. */
  add(name: string, value: string, nameForm: boolean, form: boolean): void {
    const size = name.length + value.length + entryOverhead
    this.#evictDownTo(this.#capacity - size)
    if (size > this.#capacity) return
    if (this.#count > this.#mask) this.#grow()
    const slot = this.#added & this.#mask
    this.#names[slot] = name
    this.#values[slot] = value
    this.#nameForms[slot] = nameForm
    this.#forms[slot] = form
    this.#added += 1
    this.#count += 1
    this.#bytes += size
  }

  resize(capacity: number): void {
    this.#capacity = capacity
    this.#evictDownTo(capacity)
  }

  #evictDownTo(bytes: number): void {
    while (this.#bytes > bytes && this.#count > 0) {
      const slot = (this.#added - this.#count) & this.#mask
      const name = this.#names[slot] ?? ''
      const value = this.#values[slot] ?? ''
      this.#bytes -= name.length + value.length + entryOverhead
      this.#names[slot] = ''
      this.#values[slot] = ''
      this.#count -= 1
    }
  }

  #grow(): void {
    const slots = (this.#mask + 1) * 2
    const order = Array.from({ length: this.#count }, (_, i) => this.#count - 1 - i)
    const moved = <T>(read: (distance: number) => T, none: T): T[] => [
      ...order.map(read),
      ...new Array<T>(slots - order.length).fill(none),
    ]
    const names = moved((it) => this.nameAt(it), '')
    const values = moved((it) => this.valueAt(it), '')
    const nameForms = moved((it) => this.isNameWellFormed(it), false)
    this.#forms = moved((it) => this.isWellFormed(it), false)
    this.#names = names
    this.#values = values
    this.#nameForms = nameForms
    this.#mask = slots - 1
    this.#added = this.#count
  }
}
