/** A map whose keys are lists of integers, compared by what is in them. A look-up is linear in the key. */
export class ListMap<V> {
  readonly #buckets = new Map<number, { readonly key: ArrayLike<number>; value: V }[]>()

  get(key: ArrayLike<number>): V | undefined {
    return this.#buckets.get(hashOf(key))?.find((it) => sameList(it.key, key))?.value
  }

  /** The key is kept: it must not change. */
  set(key: ArrayLike<number>, value: V): void {
    const hash = hashOf(key)
    const bucket = this.#buckets.get(hash)
    if (bucket === undefined) {
      this.#buckets.set(hash, [{ key, value }])
      return
    }
    const found = bucket.find((it) => sameList(it.key, key))
    if (found === undefined) bucket.push({ key, value })
    else found.value = value
  }
}

/** Whether two lists are equal, element by element. */
function sameList(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** Two multiplicative hashes side by side, 53 bits in all. */
function hashOf(key: ArrayLike<number>): number {
  let high = key.length
  let low = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    const value = key[index] ?? 0
    high = (Math.imul(high ^ value, 0x9e3779b1) + (high >>> 15)) | 0
    low = Math.imul(low ^ value, 0x01000193) ^ (low >>> 13)
  }
  return ((high & 0x1fffff) >>> 0) * 0x100000000 + (low >>> 0)
}
