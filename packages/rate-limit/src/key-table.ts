const none = -1

/**
 * Slots for keys, in the order in which they were last used. A list through typed arrays over one map: using a key that is there
 * allocates nothing.
 */
export class KeyTable {
  readonly #slots = new Map<string, number>()
  readonly #keys: string[] = []
  /** Of each slot the next more and the next less recently used one. */
  #newer: Int32Array
  #older: Int32Array
  #newest = none
  #oldest = none

  constructor(room: number) {
    this.#newer = new Int32Array(room)
    this.#older = new Int32Array(room)
  }

  get size(): number {
    return this.#keys.length
  }

  /** The slot of a key, which then is the most recently used; undefined if it has none. */
  use(key: string): number | undefined {
    const slot = this.#slots.get(key)
    if (slot !== undefined && slot !== this.#newest) {
      this.#unlink(slot)
      this.#link(slot)
    }
    return slot
  }

  /** The slot of a key, which stays where it is. */
  peek(key: string): number | undefined {
    return this.#slots.get(key)
  }

  /** Gives a key that has none the next slot. */
  add(key: string): number {
    const slot = this.#keys.push(key) - 1
    if (slot >= this.#newer.length) this.#grow()
    this.#slots.set(key, slot)
    this.#link(slot)
    return slot
  }

  /** The slot of the key that was not used for longest. */
  get oldest(): number {
    return this.#oldest
  }

  /** Takes a slot from its key and gives it to another, which has none. */
  reuse(slot: number, key: string): void {
    this.#slots.delete(this.#keys[slot] ?? '')
    this.#keys[slot] = key
    this.#slots.set(key, slot)
    this.#unlink(slot)
    this.#link(slot)
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] ?? none
    const older = this.#older[slot] ?? none
    if (newer === none) this.#newest = older
    else this.#older[newer] = older
    if (older === none) this.#oldest = newer
    else this.#newer[older] = newer
  }

  #link(slot: number): void {
    this.#newer[slot] = none
    this.#older[slot] = this.#newest
    if (this.#newest === none) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  #grow(): void {
    const room = 2 * this.#newer.length
    const newer = new Int32Array(room)
    const older = new Int32Array(room)
    newer.set(this.#newer)
    older.set(this.#older)
    this.#newer = newer
    this.#older = older
  }
}
