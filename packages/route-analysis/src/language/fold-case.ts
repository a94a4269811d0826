import { type CodePointRange, type CodePointSet, joinRanges, lastCodePoint } from './code-points.ts'
import { PatternFault } from './pattern-fault.ts'

/**
 * A set with the other cases of its letters, as `(?i)` has it: by Unicode, so that `k` takes the Kelvin sign and `s` the long s.
 *
 * @throws {PatternFault} for a set with some, but not all, of the characters beyond ASCII.
 */
export function foldCase(set: CodePointSet): CodePointSet {
  const folded: CodePointRange[] = [...set]
  for (const [from, to] of set) {
    if (to > 0x7f && (from > 0x80 || to < lastCodePoint)) {
      throw new PatternFault('(?i) on characters beyond ASCII')
    }
    addShifted(folded, [Math.max(from, 0x41), Math.min(to, 0x5a)], 0x20)
    addShifted(folded, [Math.max(from, 0x61), Math.min(to, 0x7a)], -0x20)
  }
  const all = joinRanges(folded)
  return joinRanges([...all, ...beyondAscii(all)])
}

function addShifted(ranges: CodePointRange[], [from, to]: CodePointRange, by: number): void {
  if (from <= to) ranges.push([from + by, to + by])
}

/** The two characters beyond ASCII that fold to ASCII, and what folds to them. */
function* beyondAscii(set: CodePointSet): Generator<CodePointRange> {
  for (const [letter, other] of [
    [0x6b, 0x212a],
    [0x73, 0x17f],
  ] as const) {
    const members = [letter, letter - 0x20, other]
    const some = members.some((member) => set.some(([from, to]) => from <= member && member <= to))
    if (some) for (const member of members) yield [member, member]
  }
}
