import type { Alphabet } from './alphabet.ts'
import type { CodePointSet } from './code-points.ts'
import { BudgetExceeded } from './number-sets.ts'
import { type Assertion, type PatternNode, sequence } from './pattern-node.ts'

/** A state that waits for something; states that only lead on are gone after {@link Nfa.closure}. */
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
  readonly #closures = new Map<number, readonly number[]>()
  readonly #limit: number
  #live: Uint8Array | undefined

  /** `limit` bounds the states. */
  constructor(alphabet: Alphabet, limit: number) {
    this.#alphabet = alphabet
    this.#limit = limit
  }

  /**
   * Adds patterns and gives the state they start from. What several begin with alike is there once, so that a thousand patterns
   * with the same wildcard in front cost one wildcard.
   */
  add(patterns: readonly OwnedPattern[], depth = 0): number {
    const starts: number[] = []
    for (const group of Map.groupBy(patterns, ({ pattern }) => keyOfFirst(pattern)).values()) {
      const first = firstOf(group[0]?.pattern)
      const apart = group.length === 1 || first === undefined || depth >= mostShared
      if (apart) starts.push(...group.map((one) => this.#whole(one)))
      else starts.push(this.#build(first, this.add(withoutFirst(group), depth + 1), shared))
    }
    const [only] = starts
    if (only !== undefined && starts.length === 1) return only
    return this.#push({ kind: 'split', next: starts, owner: shared })
  }

  #whole({ pattern, owner }: OwnedPattern): number {
    return this.#build(pattern, this.#push({ kind: 'accept', owner }), owner)
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

  /** The live states that wait, reachable from one without reading: ascending. */
  closure(start: number): readonly number[] {
    const known = this.#closures.get(start)
    if (known !== undefined) return known
    const seen = new Set([start])
    const waiting: number[] = []
    for (const id of seen) {
      const state = this.states[id]
      if (state?.kind === 'split') for (const next of state.next) seen.add(next)
      else if (this.live[id] === 1) waiting.push(id)
    }
    waiting.sort((a, b) => a - b)
    this.#closures.set(start, waiting)
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
      case 'choice': {
        const starts = pattern.of.map((part) => this.#build(part, next, owner))
        return this.#push({ kind: 'split', next: starts, owner })
      }
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
    if (this.states.length >= this.#limit) {
      throw new BudgetExceeded(`patterns of more than ${this.#limit} states in all`)
    }
    return this.states.push(state) - 1
  }
}

function firstOf(pattern: PatternNode | undefined): PatternNode | undefined {
  if (pattern === undefined || pattern.kind === 'empty') return undefined
  return pattern.kind === 'sequence' ? pattern.of[0] : pattern
}

function withoutFirst(patterns: readonly OwnedPattern[]): readonly OwnedPattern[] {
  return patterns.map(({ pattern, owner }) => ({
    pattern: sequence(pattern.kind === 'sequence' ? pattern.of.slice(1) : []),
    owner,
  }))
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
