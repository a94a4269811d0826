/** Thrown inside the machine when what it holds grows beyond the budget; never leaves the package. */
export class BudgetExceeded extends Error {
  override readonly name: string = 'BudgetExceeded'
}

/** Numbers sets of integers; equal sets have one number and one array. Number 0 is the empty set. */
export class NumberSets {
  readonly #sets: (readonly number[])[] = [[]]
  readonly #byHash = new Map<number, number[]>([[hashOf([]), [0]]])
  readonly #unions = new Map<number, number>()
  readonly #limit: number
  #members = 0

  /** `limit` bounds the members of all sets together. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Ascending; shared, not to be changed. */
  get(id: number): readonly number[] {
    return this.#sets[id] ?? []
  }

  get size(): number {
    return this.#sets.length
  }

  /** The number of a set that is given ascending and without repetition; the array is kept. */
  intern(members: readonly number[]): number {
    const hash = hashOf(members)
    const bucket = this.#byHash.get(hash)
    for (const id of bucket ?? []) if (equal(this.get(id), members)) return id
    this.#members += members.length
    if (this.#members > this.#limit) {
      throw new BudgetExceeded(`sets of more than ${this.#limit} members in all`)
    }
    const id = this.#sets.push(members) - 1
    if (bucket === undefined) this.#byHash.set(hash, [id])
    else bucket.push(id)
    return id
  }

  /** The number of the union of two numbered sets; each pair is worked out once. */
  union(a: number, b: number): number {
    if (a === b || b === 0) return a
    if (a === 0) return b
    const key = a < b ? a * 0x4000000 + b : b * 0x4000000 + a
    let id = this.#unions.get(key)
    if (id === undefined) {
      id = this.intern(merge(this.get(a), this.get(b)))
      this.#unions.set(key, id)
    }
    return id
  }
}

function merge(a: readonly number[], b: readonly number[]): number[] {
  const merged: number[] = []
  let left = 0
  let right = 0
  while (left < a.length || right < b.length) {
    const next = Math.min(a[left] ?? Infinity, b[right] ?? Infinity)
    if (a[left] === next) left++
    if (b[right] === next) right++
    merged.push(next)
  }
  return merged
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((member, index) => member === b[index])
}

function hashOf(members: readonly number[]): number {
  let hash = members.length
  for (const member of members) {
    hash = Math.imul(hash ^ member, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
