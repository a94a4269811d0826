import type { LiteralTrack, SymbolFold } from './literal-track.ts'
import { LiteralTrie } from './literal-trie.ts'
import type { NumberSets } from './number-sets.ts'

/** Knows the longest end of the text that begins a literal: the automaton of Aho and Corasick. */
export class SuffixTrack implements LiteralTrack {
  readonly start = 0
  readonly #trie = new LiteralTrie()
  readonly #fold: SymbolFold
  readonly #tests: NumberSets
  readonly #holds: number[] = []
  readonly #latches: number[] = []
  /** By state: where folded symbols lead that do not lead to the root. */
  #edges: (ReadonlyMap<number, number> | undefined)[] = []
  #failures: Int32Array = new Int32Array(0)

  constructor(fold: SymbolFold, tests: NumberSets) {
    this.#fold = fold
    this.#tests = tests
  }

  /** A set of tests that hold of what ends with a text of folded symbols. */
  addSuffix(symbols: readonly number[], tests: number): void {
    const node = this.#trie.insert(symbols)
    this.#holds[node] = this.#tests.union(this.#holds[node] ?? 0, tests)
  }

  /** A set of tests that hold of what contains a text of folded symbols. */
  addContained(symbols: readonly number[], tests: number): void {
    const node = this.#trie.insert(symbols)
    this.#latches[node] = this.#tests.union(this.#latches[node] ?? 0, tests)
  }

  /** To be called once, when every text is added. */
  seal(): void {
    this.#failures = new Int32Array(this.#trie.size)
    const queue = [0]
    for (const node of queue) {
      let child = this.#trie.firstChild(node)
      while (child !== -1) {
        const failure = node === 0 ? 0 : this.#fail(node, this.#trie.symbolOf(child))
        this.#failures[child] = failure
        this.#holds[child] = this.#tests.union(this.holds(child), this.holds(failure))
        this.#latches[child] = this.#tests.union(this.latch(child), this.latch(failure))
        queue.push(child)
        child = this.#trie.nextSibling(child)
      }
    }
  }

  step(state: number, symbol: number): number {
    return this.#edgesOf(state).get(this.#fold.folded[symbol] ?? -1) ?? 0
  }

  eachEdge(state: number, visit: (symbol: number) => void): void {
    for (const folded of this.#edgesOf(state).keys()) {
      for (const symbol of this.#fold.unfolded[folded] ?? []) visit(symbol)
    }
  }

  holds(state: number): number {
    return this.#holds[state] ?? 0
  }

  latch(state: number): number {
    return this.#latches[state] ?? 0
  }

  /** Where the text goes on when a child of `node` is not what it ends with. */
  #fail(node: number, folded: number): number {
    let failure = this.#failures[node] ?? 0
    for (;;) {
      const child = this.#trie.step(failure, folded)
      if (child !== -1) return child
      if (failure === 0) return 0
      failure = this.#failures[failure] ?? 0
    }
  }

  #edgesOf(state: number): ReadonlyMap<number, number> {
    const known = this.#edges[state]
    if (known !== undefined) return known
    const edges = new Map<number, number>()
    for (let node = state; ; node = this.#failures[node] ?? 0) {
      let child = this.#trie.firstChild(node)
      while (child !== -1) {
        const symbol = this.#trie.symbolOf(child)
        if (!edges.has(symbol)) edges.set(symbol, child)
        child = this.#trie.nextSibling(child)
      }
      if (node === 0) break
    }
    this.#edges[state] = edges
    return edges
  }
}
