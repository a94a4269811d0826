import type { LiteralTrack, SymbolFold } from './literal-track.ts'
import { LiteralTrie } from './literal-trie.ts'
import type { NumberSets } from './number-sets.ts'

/** Follows a text from its start through a trie of literals; where none goes on the state is -1. */
export class PrefixTrack implements LiteralTrack {
  readonly start = 0
  readonly #trie = new LiteralTrie()
  readonly #fold: SymbolFold
  readonly #tests: NumberSets
  readonly #holds = new Map<number, number>()
  readonly #latches = new Map<number, number>()

  constructor(fold: SymbolFold, tests: NumberSets) {
    this.#fold = fold
    this.#tests = tests
  }

  /** The node of a text of folded symbols. */
  insert(symbols: readonly number[]): number {
    return this.#trie.insert(symbols)
  }

  /** A set of tests that hold of the text of a node. */
  addHolds(node: number, tests: number): void {
    this.#holds.set(node, this.#tests.union(this.holds(node), tests))
  }

  /** A set of tests that hold of whatever begins with the text of a node. */
  addLatch(node: number, tests: number): void {
    this.#latches.set(node, this.#tests.union(this.latch(node), tests))
  }

  step(state: number, symbol: number): number {
    return state === -1 ? -1 : this.#trie.step(state, this.#fold.folded[symbol] ?? -1)
  }

  eachEdge(state: number, visit: (symbol: number) => void): void {
    if (state === -1) return
    let child = this.#trie.firstChild(state)
    while (child !== -1) {
      for (const symbol of this.#fold.unfolded[this.#trie.symbolOf(child)] ?? []) visit(symbol)
      child = this.#trie.nextSibling(child)
    }
  }

  holds(state: number): number {
    return this.#holds.get(state) ?? 0
  }

  latch(state: number): number {
    return this.#latches.get(state) ?? 0
  }
}
