import type { Alphabet } from './alphabet.ts'
import type { CodePointSet } from './code-points.ts'
import { BudgetExceeded } from './number-sets.ts'
import type { Assertion, PatternNode } from './pattern-node.ts'

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

  /** Adds a pattern and gives the state it starts from. */
  add(pattern: PatternNode, owner: number): number {
    const accept = this.#push({ kind: 'accept', owner })
    return this.#build(pattern, accept, owner)
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
