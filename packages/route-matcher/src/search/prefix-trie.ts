import { type Growing, growTrie } from './growing-trie.ts'

/** Told of every value that a look-up finds. */
export interface TrieVisitor<V> {
  /** `length` is how long the prefix is. */
  visit(value: V, length: number): void
}

/**
 * Finds every prefix of a text that was put in: a Patricia trie (a radix trie that looks only at the characters which tell
 * its branches apart, and compares with the prefix found at the end). The cost of a look-up grows with the text, not with
 * the number of prefixes.
 *
 * It lies in one array of numbers: what a look-up costs in a large table is reading memory that no cache holds, and so it
 * reads as few places as can be.
 *
 * @see Morrison: PATRICIA (1968), https://doi.org/10.1145/321479.321481
 */
export class PrefixTrie<T, V> {
  readonly #code: Int32Array
  readonly #prefixes: string[] = []
  readonly #values: V[] = []

  /** Items come in the order of their places; `seal` turns those under one prefix to one value. */
  constructor(entries: Iterable<readonly [prefix: string, item: T]>, seal: (items: T[]) => V) {
    const code: number[] = []
    const root = growTrie(entries)
    if (root !== undefined) this.#lay(root, none, code, seal)
    this.#code = Int32Array.from(code)
  }

  /** Visits the values of the prefixes of `text`, the longest first. */
  search(text: string, visitor: TrieVisitor<V>): void {
    const code = this.#code
    let sure = false
    for (let node = this.#deepest(text); node !== none; node = code[node + above] as number) {
      const value = code[node + valueNumber] as number
      // Characters were skipped on the way down. What begins as a longer prefix begins as the shorter ones above it, too.
      // `lastIndexOf` from 0 looks at the beginning only, and takes half the time of `startsWith`.
      sure ||= text.lastIndexOf(this.#prefixes[value] as string, 0) === 0
      if (sure) visitor.visit(this.#values[value] as V, code[node + end] as number)
    }
  }

  /** The values of every prefix of `text`, the longest first. */
  valuesAlong(text: string): V[] {
    const values: V[] = []
    this.search(text, { visit: (value) => values.push(value) })
    return values
  }

  /** The deepest node with a value on the way that the characters of the text lead. */
  #deepest(text: string): number {
    const code = this.#code
    const { length } = text
    let deepest = none
    let node = code.length === 0 ? none : 0
    while (node !== none) {
      const at = code[node + end] as number
      if (at > length) return deepest
      if (code[node + valueNumber] !== none) deepest = node
      if (at === length) return deepest
      const count = code[node + childCount] as number
      const char = text.charCodeAt(at)
      if (count < 0) {
        node = this.#paired(node, char)
        continue
      }
      const child = char - (code[node + low] as number)
      node = child >= 0 && child < count ? (code[node + children + child] as number) : none
    }
    return deepest
  }

  /** The child by pairs: halves the range until the character is found. */
  #paired(node: number, char: number): number {
    const code = this.#code
    let from = 0
    let to = -(code[node + childCount] as number)
    while (from < to) {
      const middle = (from + to) >>> 1
      const found = code[node + children + 2 * middle] as number
      if (found === char) return code[node + children + 2 * middle + 1] as number
      if (found < char) from = middle + 1
      else to = middle
    }
    return none
  }

  /** Lays down a node and all below it; `valued` is the nearest node above that has a value. Says where it lies. */
  #lay(node: Growing<T>, valued: number, code: number[], seal: (items: T[]) => V): number {
    const at = code.length
    const sorted = [...(node.children ?? [])].sort(([a], [b]) => a - b)
    const first = sorted[0]?.[0] ?? 0
    const range = (sorted.at(-1)?.[0] ?? first - 1) - first + 1
    const dense = range <= widestRange
    const value = node.items === undefined ? none : this.#values.push(seal(node.items)) - 1
    if (value !== none) this.#prefixes.push(node.text.slice(0, node.end))
    code.push(node.end, value, valued, first, dense ? range : -sorted.length)
    for (let i = 0; i < (dense ? range : 2 * sorted.length); i++) code.push(none)
    for (const [i, [char, child]] of sorted.entries()) {
      const laid = this.#lay(child, value === none ? valued : at, code, seal)
      if (dense) code[at + children + char - first] = laid
      else {
        code[at + children + 2 * i] = char
        code[at + children + 2 * i + 1] = laid
      }
    }
    return at
  }
}

// A node: these five numbers, and its children: their places by character from `low` on, or, if the characters are too far
// apart for that, pairs of a character and a place.
/** How many characters the prefix has. */
const end = 0
const valueNumber = 1
/** The nearest node on the way to this one that has a value. */
const above = 2
const low = 3
/** Negative: so many pairs. */
const childCount = 4
const children = 5

const none = -1
const widestRange = 128
