/** A set of code points as ranges, both ends included; ascending, with gaps between them. */
export type CharSet = readonly (readonly [low: number, high: number])[]

const lastCodePoint = 0x10ffff

/** The set of these ranges, whatever their order. */
export function charSet(ranges: CharSet): CharSet {
  const sorted = [...ranges].sort(([a], [b]) => a - b)
  const merged: [number, number][] = []
  for (const [low, high] of sorted) {
    const before = merged.at(-1)
    if (before !== undefined && low <= before[1] + 1) before[1] = Math.max(before[1], high)
    else merged.push([low, high])
  }
  return merged
}

/** Every code point that is not in the set. */
export function complement(set: CharSet): CharSet {
  const gaps: [number, number][] = []
  let next = 0
  for (const [low, high] of set) {
    if (low > next) gaps.push([next, low - 1])
    next = high + 1
  }
  if (next <= lastCodePoint) gaps.push([next, lastCodePoint])
  return gaps
}

/** Whether some code point is in both. */
export function overlap(a: CharSet, b: CharSet): boolean {
  return a.some(([low, high]) => b.some((other) => low <= other[1] && other[0] <= high))
}
