/** Choices from few letters, so that configurations and requests meet. */
export interface Draw {
  /** Uniform in [0, 1). */
  next(): number
  maybe(share: number): boolean
  one<T>(list: readonly T[]): T
  /** A path of one to so many segments. */
  path(most: number): string
}

/** The words that paths are made of. */
export const segments = ['a', 'A', 'ab', 'abc', 'b', 'api', 'v1', 'V1', 'v22']
/** The words that everything else is made of. */
export const values = ['', 'a', 'A', 'ab', 'ba', 'abc', '5', '-5', '10', '007', 'a b']

/** Draws by a source of randomness. */
export function drawFrom(next: () => number): Draw {
  const one = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  return {
    next,
    one,
    maybe: (share) => next() < share,
    path: (most) =>
      Array.from({ length: 1 + Math.floor(next() * most) }, () => `/${one(segments)}`).join(''),
  }
}
