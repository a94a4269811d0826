/** Choices of a drawn cluster. */
export interface Draw {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number
  chance(share: number): boolean
  one<T>(list: readonly T[]): T
  shuffled<T>(list: readonly T[]): T[]
}

/** Draws by a source of randomness. */
export function drawFrom(next: () => number): Draw {
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    below,
    chance: (share) => next() < share,
    one: <T>(list: readonly T[]) => list[below(list.length)] as T,
    shuffled: <T>(list: readonly T[]) =>
      list
        .map((item) => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  }
}
