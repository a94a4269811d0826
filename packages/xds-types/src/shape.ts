/** Enough for every combination that peers send, and a bound for what they might. */
const mostShapes = 256

/**
 * A set of keys in the order in which an object has them, with what was once worked out for it. The
 * shapes of a type are a tree: one key further from one shape to the next. To follow it costs less
 * than to ask an object for keys that it does not have.
 */
export class Shape<Plan> {
  readonly #tree: ShapeTree<Plan>
  readonly #keys: readonly string[]
  readonly #others = new Map<string, Shape<Plan>>()
  #plan: Plan | undefined
  #lastKey: string | undefined
  #last: Shape<Plan> | undefined

  constructor(tree: ShapeTree<Plan>, keys: readonly string[]) {
    this.#tree = tree
    this.#keys = keys
  }

  /** What to do with objects of this shape. */
  get plan(): Plan {
    this.#plan ??= this.#tree.planFor(this.#keys)
    return this.#plan
  }

  /** What to do with objects of a shape that has no place in the tree. */
  planOf(keys: readonly string[]): Plan {
    return this.#tree.planFor(keys)
  }

  /** The shape with one key more; undefined if there are too many. */
  with(key: string): Shape<Plan> | undefined {
    if (key === this.#lastKey) return this.#last
    const next = this.#others.get(key) ?? this.#grow(key)
    this.#lastKey = key
    this.#last = next
    return next
  }

  #grow(key: string): Shape<Plan> | undefined {
    if (this.#tree.count >= mostShapes) return undefined
    this.#tree.count += 1
    const next = new Shape(this.#tree, [...this.#keys, key])
    this.#others.set(key, next)
    return next
  }
}

/** What the shapes of one type have in common. */
export interface ShapeTree<Plan> {
  /** How many shapes there are. */
  count: number
  /** Works out what to do with objects that have these keys in this order. */
  planFor(keys: readonly string[]): Plan
}
