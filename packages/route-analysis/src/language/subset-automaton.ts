import type { Nfa } from './nfa.ts'
import { NumberSets } from './number-sets.ts'
import type { Partition, Partitions } from './partitions.ts'
import { type CharacterClass, resolveAssertions } from './resolve-assertions.ts'

/** What follows a state: a block of symbols leads to a state each, and may decide tests for good. */
export interface SubsetRow {
  readonly partition: Partition
  /** By block. */
  readonly targets: Int32Array
  /** By block: the set of tests that hold from there on, whatever follows. */
  readonly latches: Int32Array
}

/** A state, and the set of tests that are decided by having come there. */
export interface SubsetPosition {
  readonly state: number
  readonly latch: number
}

/** Where the classes of characters are told that `\b`, `(?m)^` and their like ask for. */
export interface CharacterClasses {
  /** By symbol. */
  readonly classes: readonly CharacterClass[]
  /** Labels that tell the classes apart. */
  readonly labels: readonly number[]
}

/** Makes an automaton deterministic as far as it is asked about. State 0 is the dead one. */
export class SubsetAutomaton {
  readonly #nfa: Nfa
  readonly #tests: NumberSets
  readonly #sets: NumberSets
  readonly #partitions: Partitions
  readonly #rows: (SubsetRow | undefined)[] = []
  readonly #accepts: (number | undefined)[] = []
  readonly #sticky: ReadonlyMap<number, readonly number[]>
  readonly #classes: CharacterClasses

  /** `tests` numbers the sets of owners; `sticky` says which owners hold as long as a state that stays is there. */
  constructor(
    nfa: Nfa,
    tests: NumberSets,
    options: {
      readonly limit: number
      readonly partitions: Partitions
      readonly classes: CharacterClasses
      readonly sticky: ReadonlyMap<number, readonly number[]>
    },
  ) {
    this.#nfa = nfa
    this.#tests = tests
    this.#sets = new NumberSets(options.limit)
    this.#partitions = options.partitions
    this.#classes = options.classes
    this.#sticky = options.sticky
  }

  /** How many states there are so far. */
  get size(): number {
    return this.#sets.size
  }

  /** The state of patterns, given their state in the automaton, at their start, after a symbol or (-1) at the start of the text. */
  start(state: number, after: number): SubsetPosition {
    return this.#position(this.#nfa.waiting([state]), after === -1 ? 'start' : this.#classOf(after))
  }

  /** Both of two states at once. */
  union(a: number, b: number): number {
    return this.#sets.union(a, b)
  }

  /** The set of tests that hold of a text that ends in a state. */
  accepted(state: number): number {
    let accepted = this.#accepts[state]
    if (accepted === undefined) {
      accepted = this.#owners(this.#waiting(state, 'end'))
      this.#accepts[state] = accepted
    }
    return accepted
  }

  /** Where each symbol leads from a state; worked out once. */
  row(state: number): SubsetRow {
    let row = this.#rows[state]
    if (row === undefined) {
      row = this.#makeRow(state)
      this.#rows[state] = row
    }
    return row
  }

  #makeRow(state: number): SubsetRow {
    const partition = this.#partitions.of(this.#labelsOf(state))
    const targets = new Int32Array(partition.blocks.length)
    const latches = new Int32Array(partition.blocks.length)
    for (const [block, symbols] of partition.blocks.entries()) {
      const position = this.#step(state, symbols[0] ?? 0)
      targets[block] = position.state
      latches[block] = position.latch
    }
    return { partition, targets, latches }
  }

  #step(state: number, symbol: number): SubsetPosition {
    const after: number[] = []
    for (const id of this.#waiting(state, this.#classOf(symbol))) {
      const member = this.#nfa.states[id]
      if (member?.kind !== 'symbol' || this.#nfa.labels[member.label]?.[symbol] !== 1) continue
      after.push(member.next)
    }
    return this.#position(this.#nfa.waiting(after), this.#classOf(symbol))
  }

  /** The members of a state, those behind assertions that hold here included. */
  #waiting(state: number, next: CharacterClass | 'end'): readonly number[] {
    const members = this.#sets.get(state)
    const [first] = members
    // Only a state with assertions remembers what came before.
    if (first === undefined || first >= 0) return members
    return resolveAssertions(this.#nfa, members, classOfMember(first), next)
  }

  #labelsOf(state: number): readonly number[] {
    const members = this.#sets.get(state)
    const asserts = (members[0] ?? 0) < 0
    const labels = new Set<number>()
    let classes = asserts
    for (const id of asserts ? resolveAssertions(this.#nfa, members) : members) {
      const member = this.#nfa.states[id]
      if (member?.kind !== 'symbol') continue
      labels.add(member.label)
      classes ||= this.#leadsToAssertion(member.next)
    }
    if (classes) for (const label of this.#classes.labels) labels.add(label)
    return [...labels].sort((a, b) => a - b)
  }

  #leadsToAssertion(state: number): boolean {
    if (this.#classes.labels.length === 0) return false
    return this.#nfa.waiting([state]).some((id) => this.#nfa.states[id]?.kind === 'assertion')
  }

  #position(members: readonly number[], before: CharacterClass): SubsetPosition {
    const decided = this.#decided(members)
    const kept: number[] = []
    let asserts = false
    for (const id of members) {
      const member = this.#nfa.states[id]
      if (member === undefined || decided.has(member.owner)) continue
      if (member.kind === 'assertion') asserts = true
      kept.push(id)
    }
    if (asserts) kept.push(memberOfClass(before))
    const latch = this.#tests.intern([...decided].sort((a, b) => a - b))
    return { state: this.#sets.intern(kept.sort((a, b) => a - b)), latch }
  }

  /** A pattern that holds now and has a part that takes whatever may come holds for good. */
  #decided(members: readonly number[]): ReadonlySet<number> {
    const decided = new Set<number>()
    if (this.#sticky.size === 0) return decided
    const accepting = new Set<number>()
    for (const id of members) {
      const member = this.#nfa.states[id]
      if (member?.kind === 'accept') accepting.add(member.owner)
    }
    for (const id of members) {
      for (const owner of this.#sticky.get(id) ?? []) if (accepting.has(owner)) decided.add(owner)
    }
    return decided
  }

  #owners(members: readonly number[]): number {
    const owners = new Set<number>()
    for (const id of members) {
      const member = this.#nfa.states[id]
      if (member?.kind === 'accept') owners.add(member.owner)
    }
    return this.#tests.intern([...owners].sort((a, b) => a - b))
  }

  #classOf(symbol: number): CharacterClass {
    return this.#classes.classes[symbol] ?? 'other'
  }
}

const remembered: readonly CharacterClass[] = ['start', 'newline', 'word', 'other']

function memberOfClass(before: CharacterClass): number {
  return -1 - remembered.indexOf(before)
}

function classOfMember(member: number): CharacterClass {
  return remembered[-1 - member] ?? 'other'
}
