import { type Growing, growTrie } from './growing-trie.ts'

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

  /**
   * Items come in the order of their places; `seal` turns those under one prefix to one value. `rankOf` says how a value stands
   * among all, as an integer of 31 bits: see {@link shorter}. Default: all stand alike.
   */
  constructor(
    entries: Iterable<readonly [prefix: string, item: T]>,
    seal: (items: T[]) => V,
    rankOf: (value: V) => number = () => 0,
  ) {
    const code: number[] = []
    const root = growTrie(entries)
    if (root !== undefined) this.#lay(root, top, { code, seal, rankOf })
    this.#code = Int32Array.from(code)
  }

  /** Where the longest prefix of `text` lies that was put in, or {@link nowhere}. */
  longest(text: string): number {
    const code = this.#code
    for (let node = this.#deepest(text); node !== nowhere; node = code[node + above] as number) {
      const value = code[node + valueNumber] as number
      // Characters were skipped on the way down.
      if (value !== none && beginsWith(text, this.#prefixes[value] as string)) return node
    }
    return nowhere
  }

  /**
   * Where the next shorter prefix of the same text lies, or {@link nowhere}: what begins as a longer one begins as it, too. Also
   * nowhere if neither it nor any shorter one has a value of a rank below the limit.
   */
  shorter(place: number, limit: number): number {
    const code = this.#code
    return (code[place + leastAbove] as number) < limit ? (code[place + above] as number) : nowhere
  }

  /** The value of the prefix at a place that {@link longest} or {@link shorter} gave. */
  valueAt(place: number): V {
    return this.#values[this.#code[place + valueNumber] as number] as V
  }

  /** The length of the prefix at such a place. */
  lengthAt(place: number): number {
    return this.#code[place + end] as number
  }

  /** The values of every prefix of `text`, the longest first. */
  valuesAlong(text: string): V[] {
    const values: V[] = []
    for (let at = this.longest(text); at !== nowhere; at = this.shorter(at, 1)) {
      values.push(this.valueAt(at))
    }
    return values
  }

  /** The deepest node that the characters of the text lead to; its prefix may be longer than the text. */
  #deepest(text: string): number {
    const code = this.#code
    const { length } = text
    let deepest = none
    let node = code.length === 0 ? none : 0
    while (node !== none) {
      deepest = node
      const at = code[node + end] as number
      if (at >= length) break
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

  /** Lays down a node and all below it. Says where it lies. */
  #lay(node: Growing<T>, over: Over, ground: Ground<T, V>): number {
    const { code } = ground
    const at = code.length
    const sorted = node.children === undefined ? noChildren : inOrder(node.children)
    const first = sorted[0]?.[0] ?? 0
    const range = (sorted.at(-1)?.[0] ?? first - 1) - first + 1
    const dense = range <= widestRange
    const value = node.items === undefined ? none : this.#values.push(ground.seal(node.items)) - 1
    if (value !== none) this.#prefixes.push(node.text.slice(0, node.end))
    code.push(node.end, value, over.valued, over.least, first, dense ? range : -sorted.length)
    for (let i = 0; i < (dense ? range : 2 * sorted.length); i++) code.push(none)
    const below = value === none ? over : this.#over(at, value, over, ground)
    for (let i = 0; i < sorted.length; i++) {
      const [char, child] = sorted[i] as readonly [number, Growing<T>]
      const laid = this.#lay(child, below, ground)
      if (dense) code[at + children + char - first] = laid
      else {
        code[at + children + 2 * i] = char
        code[at + children + 2 * i + 1] = laid
      }
    }
    return at
  }

  #over(at: number, value: number, { least }: Over, { rankOf }: Ground<T, V>): Over {
    return { valued: at, least: Math.min(least, rankOf(this.#values[value] as V)) }
  }
}

/** As `startsWith`, in half the time or less: equality is quickest, and `lastIndexOf` from 0 looks at the beginning only. */
function beginsWith(text: string, prefix: string): boolean {
  return text.length === prefix.length ? text === prefix : text.lastIndexOf(prefix, 0) === 0
}

const noChildren: readonly (readonly [number, never])[] = []

function inOrder<T>(children: ReadonlyMap<number, T>): readonly (readonly [number, T])[] {
  const all = [...children]
  return all.length === 1 ? all : all.sort(([a], [b]) => a - b)
}

/** What the nodes below have to know of those above: the nearest one that has a value, and the lowest rank of all that have one. */
interface Over {
  readonly valued: number
  readonly least: number
}

/** What all nodes are laid down with. */
interface Ground<T, V> {
  readonly code: number[]
  readonly seal: (items: T[]) => V
  readonly rankOf: (value: V) => number
}

// A node: these six numbers, and its children: their places by character from `low` on, or, if the characters are too far
// apart for that, pairs of a character and a place.
/** How many characters the prefix has. */
const end = 0
const valueNumber = 1
/** The nearest node on the way to this one that has a value. */
const above = 2
/** The lowest rank of the values of all nodes on the way. */
const leastAbove = 3
const low = 4
/** Negative: so many pairs. */
const childCount = 5
const children = 6

const none = -1
const top: Over = { valued: none, least: 2 ** 31 - 1 }
/** No place in a trie. */
export const nowhere: number = none
const widestRange = 128
