import type { Alphabet } from './alphabet.ts'
import type { CodePointSet } from './code-points.ts'
import { BudgetExceeded } from './number-sets.ts'
import { type Assertion, type PatternNode, sequence } from './pattern-node.ts'

/** A state that waits for something; states that only lead on are gone after {@link Nfa.waiting}. */
export type NfaState =
  | {
      readonly kind: 'symbol'
      readonly label: number
      readonly next: number
      readonly owner: number
    }
  | {
      readonly kind: 'assertion'
      readonly at: Assertion
      readonly next: number
      readonly owner: number
    }
  | { readonly kind: 'accept'; readonly owner: number }
  | { readonly kind: 'split'; readonly next: readonly number[]; readonly owner: number }

/** A pattern and the number of the test that it stands for. */
export interface OwnedPattern {
  readonly pattern: PatternNode
  readonly owner: number
}

/** What an automaton may use. */
export interface NfaLimits {
  readonly patternStates: number
  /** States passed while it is walked in. */
  readonly visits: number
}

/** A pattern and what comes after it. */
interface Way extends OwnedPattern {
  readonly next: number
}

/** The owner of what belongs to several patterns. */
const shared = -1
/** How many parts patterns share at most, which bounds the recursion. */
const mostShared = 500

/** One automaton for many patterns, built after Thompson. Each pattern has an owner: the number it is asked by. */
export class Nfa {
  readonly states: NfaState[] = []
  /** By label: which symbols it holds. */
  readonly labels: Uint8Array[] = []
  readonly #alphabet: Alphabet
  readonly #labelOf = new Map<string, number>()
  readonly #limits: NfaLimits
  #stamps = new Int32Array(0)
  #round = 0
  #visits = 0
  #live: Uint8Array | undefined

  constructor(alphabet: Alphabet, limits: NfaLimits) {
    this.#alphabet = alphabet
    this.#limits = limits
  }

  /** Adds patterns and gives the state they start from. */
  add(patterns: readonly OwnedPattern[]): number {
    const ways = patterns.map(({ pattern, owner }): Way => {
      return { pattern, owner, next: this.#push({ kind: 'accept', owner }) }
    })
    return this.#either(ways, 0)
  }

  /**
   * One way or another. What several begin with alike is there once, so that a thousand patterns with the same wildcard in front
   * cost one wildcard.
   */
  #either(ways: readonly Way[], depth: number): number {
    const starts: number[] = []
    for (const group of Map.groupBy(ways, ({ pattern }) => keyOfFirst(pattern)).values()) {
      const first = firstOf(group[0]?.pattern)
      if (group.length === 1 || first === undefined || depth >= mostShared) {
        starts.push(...group.map((way) => this.#build(way.pattern, way.next, way.owner)))
      } else {
        const rest = this.#either(withoutFirst(group), depth + 1)
        starts.push(this.#build(first, rest, ownerOf(group)))
      }
    }
    const [only] = starts
    if (only !== undefined && starts.length === 1) return only
    return this.#push({ kind: 'split', next: starts, owner: ownerOf(ways) })
  }

  /** The number of a set of characters among {@link labels}. */
  label(set: CodePointSet): number {
    const key = set.join(';')
    let label = this.#labelOf.get(key)
    if (label === undefined) {
      label = this.labels.push(this.#alphabet.holding(set)) - 1
      this.#labelOf.set(key, label)
    }
    return label
  }

  /** States that can still come to accept, by number; to be asked when every pattern is added. */
  get live(): Uint8Array {
    this.#live ??= liveStates(this)
    return this.#live
  }

  /** The live states that wait, reachable from some without reading, in no order. Linear in the states passed. */
  waiting(starts: readonly number[]): readonly number[] {
    if (this.#stamps.length < this.states.length) this.#stamps = new Int32Array(this.states.length)
    this.#round++
    const waiting: number[] = []
    const stack = [...starts]
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (this.#stamps[id] === this.#round) continue
      this.#stamps[id] = this.#round
      this.#visits++
      const state = this.states[id]
      if (state?.kind === 'split') for (const next of state.next) stack.push(next)
      else if (this.live[id] === 1) waiting.push(id)
    }
    if (this.#visits > this.#limits.visits) {
      throw new BudgetExceeded(`more than ${this.#limits.visits} steps through patterns`)
    }
    return waiting
  }

  #build(pattern: PatternNode, next: number, owner: number): number {
    switch (pattern.kind) {
      case 'empty':
        return next
      case 'set':
        return this.#push({ kind: 'symbol', label: this.label(pattern.set), next, owner })
      case 'assertion':
        return this.#push({ kind: 'assertion', at: pattern.at, next, owner })
      case 'sequence':
        return pattern.of.reduceRight((after, part) => this.#build(part, after, owner), next)
      case 'choice':
        return this.#either(
          pattern.of.map((part) => ({ pattern: part, next, owner })),
          0,
        )
      case 'repeat':
        return this.#repeat(pattern, next, owner)
    }
  }

  #repeat(pattern: Extract<PatternNode, { kind: 'repeat' }>, next: number, owner: number): number {
    let start = next
    if (pattern.max === Number.POSITIVE_INFINITY) {
      start = this.#push({ kind: 'split', next: [], owner })
      const body = this.#build(pattern.of, start, owner)
      this.states[start] = { kind: 'split', next: [body, next], owner }
    } else {
      for (let times = pattern.min; times < pattern.max; times++) {
        const body = this.#build(pattern.of, start, owner)
        start = this.#push({ kind: 'split', next: [body, next], owner })
      }
    }
    for (let times = 0; times < pattern.min; times++) {
      start = this.#build(pattern.of, start, owner)
    }
    return start
  }

  #push(state: NfaState): number {
    if (this.states.length >= this.#limits.patternStates) {
      throw new BudgetExceeded(`patterns of more than ${this.#limits.patternStates} states in all`)
    }
    return this.states.push(state) - 1
  }
}

function firstOf(pattern: PatternNode | undefined): PatternNode | undefined {
  if (pattern === undefined || pattern.kind === 'empty') return undefined
  return pattern.kind === 'sequence' ? pattern.of[0] : pattern
}

function withoutFirst(ways: readonly Way[]): readonly Way[] {
  return ways.map((way) => ({
    ...way,
    pattern: sequence(way.pattern.kind === 'sequence' ? way.pattern.of.slice(1) : []),
  }))
}

function ownerOf(ways: readonly Way[]): number {
  const owner = ways[0]?.owner ?? shared
  return ways.every((way) => way.owner === owner) ? owner : shared
}

/** Equal for equal beginnings. Infinity becomes null, which no count is. */
function keyOfFirst(pattern: PatternNode): string {
  return JSON.stringify(firstOf(pattern) ?? null)
}

function liveStates(nfa: Nfa): Uint8Array {
  const before: number[][] = nfa.states.map(() => [])
  const live = new Uint8Array(nfa.states.length)
  const reached: number[] = []
  for (const [id, state] of nfa.states.entries()) {
    if (state.kind === 'accept') reached.push(id)
    else if (state.kind === 'split') for (const next of state.next) before[next]?.push(id)
    else if (state.kind === 'assertion' || nfa.labels[state.label]?.includes(1) === true) {
      before[state.next]?.push(id)
    }
  }
  for (let id = reached.pop(); id !== undefined; id = reached.pop()) {
    if (live[id] === 1) continue
    live[id] = 1
    reached.push(...(before[id] ?? []))
  }
  return live
}
