import type { Machine } from './machine.ts'
import { BudgetExceeded } from './number-sets.ts'
import { TupleTable } from './tuple-table.ts'

/** How far a search may go. */
export interface ExploreOptions {
  /** States of the product. */
  readonly states: number
  /** Different sets of tests. */
  readonly cells: number
}

/**
 * Walks through every state of a machine, the shortest texts first and among these the nicest, and names each set of tests the first
 * time that a text of the universe has it. `visit` may end the walk by `true`.
 *
 * @throws {BudgetExceeded}
 */
export function explore(
  machine: Machine,
  options: ExploreOptions,
  visit: (tests: number, witness: () => string) => boolean,
): void {
  const walk = new Walk(machine, options, visit)
  walk.run()
}

class Walk {
  readonly #machine: Machine
  readonly #options: ExploreOptions
  readonly #visit: (tests: number, witness: () => string) => boolean
  readonly #tracks: number
  readonly #states: TupleTable
  readonly #parents: number[] = []
  readonly #symbols: number[] = []
  readonly #seen = new Set<number>()
  readonly #next: Int32Array
  readonly #stamps: Int32Array
  readonly #joints = new Map<number, readonly (readonly number[])[]>()
  #ended = false

  constructor(
    machine: Machine,
    options: ExploreOptions,
    visit: (tests: number, witness: () => string) => boolean,
  ) {
    this.#machine = machine
    this.#options = options
    this.#visit = visit
    this.#tracks = machine.tracks.length
    this.#states = new TupleTable(this.#tracks + 3)
    this.#next = new Int32Array(this.#tracks + 3)
    this.#stamps = new Int32Array(machine.alphabet.characters.length).fill(-1)
  }

  run(): void {
    const { tracks, tests, firstPatterns, firstUniverse } = this.#machine
    if (firstUniverse === 0) return
    let latched = firstPatterns.latch
    for (const [index, track] of tracks.entries()) {
      this.#next[index] = track.start
      latched = tests.union(latched, track.latch(track.start))
    }
    this.#arrive({ patterns: firstPatterns.state, universe: firstUniverse, latched }, -1, -1)
    for (let state = 0; state < this.#states.size && !this.#ended; state++) this.#expand(state)
  }

  #expand(state: number): void {
    const patterns = this.#states.at(state, this.#tracks)
    const universe = this.#states.at(state, this.#tracks + 1)
    const symbols: number[] = []
    const add = (symbol: number): void => {
      if (this.#stamps[symbol] === state) return
      this.#stamps[symbol] = state
      symbols.push(symbol)
    }
    for (const [index, track] of this.#machine.tracks.entries()) {
      track.eachEdge(this.#states.at(state, index), add)
    }
    for (const block of this.#joint(patterns, universe)) {
      const rest = block.find((symbol) => this.#stamps[symbol] !== state)
      if (rest !== undefined) symbols.push(rest)
    }
    symbols.sort((a, b) => a - b)
    for (const symbol of symbols) this.#step(state, symbol)
  }

  /** The symbols that patterns and universe do not tell apart in a pair of states, by block. */
  #joint(patterns: number, universe: number): readonly (readonly number[])[] {
    const one = this.#machine.patterns.row(patterns).partition
    const other = this.#machine.universe.row(universe).partition
    const key = one.id * 0x4000000 + other.id
    let joint = this.#joints.get(key)
    if (joint === undefined) {
      const blocks = new Map<number, number[]>()
      for (const [symbol, block] of one.blockOf.entries()) {
        const pair = block * other.blocks.length + (other.blockOf[symbol] ?? 0)
        const members = blocks.get(pair)
        if (members === undefined) blocks.set(pair, [symbol])
        else members.push(symbol)
      }
      joint = [...blocks.values()]
      this.#joints.set(key, joint)
    }
    return joint
  }

  #step(state: number, symbol: number): void {
    const { tracks, tests, patterns: automaton, spawns, universe: outer } = this.#machine
    const universeRow = outer.row(this.#states.at(state, this.#tracks + 1))
    const universe = universeRow.targets[universeRow.partition.blockOf[symbol] ?? 0] ?? 0
    if (universe === 0) return
    const row = automaton.row(this.#states.at(state, this.#tracks))
    const block = row.partition.blockOf[symbol] ?? 0
    let patterns = row.targets[block] ?? 0
    let latched = tests.union(this.#states.at(state, this.#tracks + 2), row.latches[block] ?? 0)
    for (let index = 0; index < this.#tracks; index++) {
      const track = tracks[index]
      if (track === undefined) continue
      const next = track.step(this.#states.at(state, index), symbol)
      this.#next[index] = next
      latched = tests.union(latched, track.latch(next))
    }
    const spawn = spawns.get(this.#next[0] ?? -1)
    if (spawn !== undefined) {
      patterns = automaton.union(patterns, spawn.state)
      latched = tests.union(latched, spawn.latch)
    }
    this.#arrive({ patterns, universe, latched }, state, symbol)
  }

  #arrive({ patterns, universe, latched }: Parts, parent: number, symbol: number): void {
    this.#next[this.#tracks] = patterns
    this.#next[this.#tracks + 1] = universe
    this.#next[this.#tracks + 2] = latched
    const known = this.#states.size
    const state = this.#states.intern(this.#next)
    if (state < known || this.#ended) return
    if (state >= this.#options.states) {
      throw new BudgetExceeded(`more than ${this.#options.states} states`)
    }
    this.#parents.push(parent)
    this.#symbols.push(symbol)
    if (this.#machine.universe.accepted(universe) !== 0) this.#name(state, patterns, latched)
  }

  #name(state: number, patterns: number, latched: number): void {
    const { tests, tracks, patterns: automaton } = this.#machine
    let holds = tests.union(latched, automaton.accepted(patterns))
    for (const [index, track] of tracks.entries()) {
      holds = tests.union(holds, track.holds(this.#next[index] ?? -1))
    }
    if (this.#seen.has(holds)) return
    this.#seen.add(holds)
    if (this.#seen.size > this.#options.cells) {
      throw new BudgetExceeded(`more than ${this.#options.cells} cells`)
    }
    this.#ended = this.#visit(holds, () => this.#witness(state))
  }

  #witness(state: number): string {
    const characters: string[] = []
    for (let at = state; at > 0; at = this.#parents[at] ?? 0) {
      characters.push(this.#machine.alphabet.characters[this.#symbols[at] ?? -1] ?? '')
    }
    return characters.reverse().join('')
  }
}

interface Parts {
  readonly patterns: number
  readonly universe: number
  readonly latched: number
}
