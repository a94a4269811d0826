/** Code points as ranges, both ends included, ascending, with gaps between. */
export type CodePointSet = readonly CodePointRange[]

/** From, to: both included. */
export type CodePointRange = readonly [from: number, to: number]

/** The largest code point. */
export const lastCodePoint = 0x10ffff

/** Every code point. */
export const everyCodePoint: CodePointSet = [[0, lastCodePoint]]

/** Sorts ranges and joins those that overlap or touch. */
export function joinRanges(ranges: Iterable<CodePointRange>): CodePointSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0])
  const joined: [number, number][] = []
  for (const [from, to] of sorted) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}

/** What the set does not hold. */
export function invert(set: CodePointSet): CodePointSet {
  const gaps: CodePointRange[] = []
  let next = 0
  for (const [from, to] of set) {
    if (from > next) gaps.push([next, from - 1])
    next = to + 1
  }
  if (next <= lastCodePoint) gaps.push([next, lastCodePoint])
  return gaps
}

/** What is in both sets. */
export function intersect(a: CodePointSet, b: CodePointSet): CodePointSet {
  return invert(joinRanges([...invert(a), ...invert(b)]))
}

/** Whether the set holds the code point; logarithmic in its ranges. */
export function holdsCodePoint(set: CodePointSet, codePoint: number): boolean {
  let low = 0
  let high = set.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = set[middle]
    if (range === undefined || codePoint < range[0]) high = middle - 1
    else if (codePoint > range[1]) low = middle + 1
    else return true
  }
  return false
}

/** The set of the characters of a text. */
export function charactersOf(text: string): CodePointSet {
  return joinRanges(
    [...text].map((character) => {
      const codePoint = character.codePointAt(0) ?? 0
      return [codePoint, codePoint]
    }),
  )
}
