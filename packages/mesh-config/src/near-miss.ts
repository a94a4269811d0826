/**
 * The candidate that `word` was most likely meant to be: nearest by edit distance (insert, delete,
 * replace, swap of neighbours), at most a third of the word and three letters away; the first of equals.
 *
 * @example
 * ```ts
 * nearMiss('destinaton', ['destination', 'weight']) // => 'destination'
 * ```
 */
export function nearMiss(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.min(maxDistance, Math.max(1, Math.floor(word.length / 3)))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Beyond this, long names that merely end alike would count as slips of each other. */
const maxDistance = 3

/** Words longer than this are not compared: the cost is the product of the lengths. */
const maxLength = 256

/** Optimal string alignment distance, two rows back. */
function editDistance(a: string, b: string): number {
  if (a.length > maxLength || b.length > maxLength) return a === b ? 0 : maxLength
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(before, j - 2) + 1
          : Number.POSITIVE_INFINITY
      row.push(Math.min(at(row, j - 1) + 1, at(last, j) + 1, at(last, j - 1) + cost, swapped))
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
