/** What one round of a target has seen. */
export interface FuzzRound {
  /** How many inputs were tried. */
  readonly inputs: number
  /** Inputs on which the two that are compared do not agree. */
  readonly differences: number
  /** The first of them, in full. */
  readonly examples: readonly object[]
}

/** Something that is fuzzed: drawn inputs, and faults that must be found if they are planted. */
export interface FuzzTarget {
  /** What an input is, in the plural. */
  readonly inputs: string
  /** A round of about a second; later turns may try other sizes. */
  round(random: () => number, turn: number): FuzzRound | Promise<FuzzRound>
  /** The same with a fault planted, by the fault's name: the differences should not be 0. */
  readonly planted: Readonly<
    Record<string, (random: () => number) => FuzzRound | Promise<FuzzRound>>
  >
}
