import { type Growing, growTrie, type Placed } from './growing-trie.ts'

/** Told of every value on the way down. */
export interface TrieVisitor<V> {
  /** `length` is how long the prefix is. The answer is a place: nothing from it on is of interest any more. */
  visit(value: V, length: number): number
}

/**
 * Finds every prefix of a text that was put in: a radix trie, its edges labelled with more than one character.
 * The cost of a look-up grows with the text, not with the number of prefixes.
 *
 * It lies in one array of numbers, each node with its label and the places of its children side by side: what a look-up costs in
 * a large table is reading memory that no cache holds, and so it reads as few places as can be.
 */
export class PrefixTrie<T extends Placed, V> {
  readonly #code: Int32Array
  readonly #values: V[] = []

  /** Items come in the order of their places; `seal` turns those under one prefix to one value. */
  constructor(entries: Iterable<readonly [prefix: string, item: T]>, seal: (items: T[]) => V) {
    const code: number[] = []
    const root = growTrie(entries)
    if (root !== undefined) this.#lay(root, 0, code, seal)
    this.#code = Int32Array.from(code)
  }

  /** Visits the values of the prefixes of `text`, the shortest first, those left out whose place is not below `limit`. */
  search(text: string, limit: number, visitor: TrieVisitor<V>): void {
    const code = this.#code
    if (code.length === 0) return
    let below = limit
    let node = 0
    let at = 0
    do {
      const end = at + (code[node + labelLength] as number)
      let place = node + label
      if (end > text.length || (code[node + least] as number) >= below) return
      while (at < end && text.charCodeAt(at) === code[place]) {
        at++
        place++
      }
      if (at < end) return
      const value = code[node + valueNumber] as number
      if (value !== none) below = visitor.visit(this.#values[value] as V, at)
      node = at < text.length ? this.#child(node, place, text.charCodeAt(at)) : none
    } while (node > 0)
  }

  /** The values of every prefix of `text`, the shortest first. */
  valuesAlong(text: string): V[] {
    const values: V[] = []
    const visit = (value: V): number => {
      values.push(value)
      return Number.POSITIVE_INFINITY
    }
    this.search(text, Number.POSITIVE_INFINITY, { visit })
    return values
  }

  /** Where the child begins whose label begins with that character; `place` is where the children of the node are. */
  #child(node: number, place: number, char: number): number {
    const code = this.#code
    const count = code[node + childCount] as number
    if (count >= 0) {
      const child = char - (code[node + low] as number)
      return child >= 0 && child < count ? (code[place + child] as number) : none
    }
    // By pairs: halve the range until the character is found.
    let from = 0
    let to = -count
    while (from < to) {
      const middle = (from + to) >>> 1
      const found = code[place + 2 * middle] as number
      if (found === char) return code[place + 2 * middle + 1] as number
      if (found < char) from = middle + 1
      else to = middle
    }
    return none
  }

  /** Lays down a node whose label begins at `start`, and all below it; says where. */
  #lay(node: Growing<T>, start: number, code: number[], seal: (items: T[]) => V): number {
    const at = code.length
    const children = [...node.children].sort(([a], [b]) => a - b)
    const first = children[0]?.[0] ?? 0
    const range = children.length === 0 ? 0 : (children.at(-1)?.[0] ?? 0) - first + 1
    const dense = range <= widestRange
    const value = node.items === undefined ? none : this.#values.push(seal(node.items)) - 1
    code.push(node.end - start, node.least, value, first, dense ? range : -children.length)
    for (let i = start; i < node.end; i++) code.push(node.text.charCodeAt(i))
    const place = code.length
    for (let i = 0; i < (dense ? range : 2 * children.length); i++) code.push(none)
    for (const [i, [char, child]] of children.entries()) {
      const laid = this.#lay(child, node.end, code, seal)
      if (dense) code[place + char - first] = laid
      else {
        code[place + 2 * i] = char
        code[place + 2 * i + 1] = laid
      }
    }
    return at
  }
}

// A node: these five numbers, the label's characters, and its children: their places by character from `low` on, or, if they
// are too far apart for that, pairs of a character and a place.
const labelLength = 0
const least = 1
const valueNumber = 2
const low = 3
/** Negative: so many pairs. */
const childCount = 4
const label = 5

const none = -1
const widestRange = 128
