/** Follows a text through literals. What a state knows of the text is only what the literals ask for. */
export interface LiteralTrack {
  /** The state at the start of a text. */
  readonly start: number
  step(state: number, symbol: number): number
  /** Names every symbol that may lead elsewhere than any symbol not named. */
  eachEdge(state: number, visit: (symbol: number) => void): void
  /** The set of tests that hold if the text ends here. */
  holds(state: number): number
  /** The set of tests that hold of every text that came here. */
  latch(state: number): number
}

/** How a track sees symbols: as they are, or letters without their case. */
export interface SymbolFold {
  /** By symbol. */
  readonly folded: Int32Array
  /** By folded symbol: the symbols that are seen as it. */
  readonly unfolded: readonly (readonly number[])[]
}

/** Sees each symbol as it is. */
export function identityFold(symbols: number): SymbolFold {
  const folded = Int32Array.from({ length: symbols }, (_, symbol) => symbol)
  return { folded, unfolded: Array.from(folded, (symbol) => [symbol]) }
}
