/** Numbers tuples of small integers, all of one width, in the order of their first appearance. */
export class TupleTable {
  readonly #width: number
  #tuples: Int32Array
  #slots: Int32Array
  #size = 0

  constructor(width: number) {
    this.#width = width
    this.#tuples = new Int32Array(width * 64)
    this.#slots = new Int32Array(128).fill(-1)
  }

  get size(): number {
    return this.#size
  }

  /** One member of a tuple. */
  at(index: number, member: number): number {
    return this.#tuples[index * this.#width + member] ?? 0
  }

  /** The number of a tuple; a new one gets the next number. */
  intern(tuple: Int32Array): number {
    const mask = this.#slots.length - 1
    let slot = hashOf(tuple) & mask
    for (;;) {
      const index = this.#slots[slot] ?? -1
      if (index === -1) break
      if (this.#isAt(index, tuple)) return index
      slot = (slot + 1) & mask
    }
    return this.#add(tuple, slot)
  }

  #add(tuple: Int32Array, slot: number): number {
    const index = this.#size++
    const start = index * this.#width
    if (start + this.#width > this.#tuples.length) {
      const larger = new Int32Array(this.#tuples.length * 2)
      larger.set(this.#tuples)
      this.#tuples = larger
    }
    this.#tuples.set(tuple, start)
    this.#slots[slot] = index
    if (this.#size * 2 > this.#slots.length) this.#rehash()
    return index
  }

  #isAt(index: number, tuple: Int32Array): boolean {
    const start = index * this.#width
    for (let member = 0; member < this.#width; member++) {
      if (this.#tuples[start + member] !== tuple[member]) return false
    }
    return true
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let index = 0; index < this.#size; index++) {
      const start = index * this.#width
      let slot = hashOf(this.#tuples.subarray(start, start + this.#width)) & mask
      while (slots[slot] !== -1) slot = (slot + 1) & mask
      slots[slot] = index
    }
    this.#slots = slots
  }
}

function hashOf(tuple: Int32Array): number {
  let hash = 0x811c9dc5
  for (const member of tuple) {
    hash = Math.imul(hash ^ member, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}
