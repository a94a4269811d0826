import type { Outcome } from './outcome.ts'
import type { Witness } from './witness.ts'

/** How two configurations differ in what they do with requests. */
export interface RouteDiff {
  /** Every request is answered alike, proven. Never true with an unknown class. */
  readonly equivalent: boolean
  /** One for each pair of outcomes that differ, the shortest witness first. */
  readonly classes: readonly DiffClass[]
  /** Requests of which it is not known whether they are answered alike. */
  readonly unknown: readonly UnknownClass[]
  /** What the proofs rest on, each a sentence. */
  readonly assumptions: readonly string[]
}

/** Requests that had one outcome and get another. */
export interface DiffClass {
  readonly before: Outcome
  readonly after: Outcome
  /** The shortest request of the class: path bytes, then number of headers. Where draws decide, with one that tells. */
  readonly witness: Witness
  /**
   * In words: requests around the witness, by the conditions that hold for them and that do not. All of them are in the
   * class; there may be others in it.
   */
  readonly summary: string
}

/** Requests that a construct outside the algebra, or a bound, keeps from being classified. */
export interface UnknownClass {
  readonly reason: string
  /** In words, as far as it is known: which requests. */
  readonly summary: string
}
