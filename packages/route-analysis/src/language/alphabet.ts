import { type CodePointSet, holdsCodePoint } from './code-points.ts'

/**
 * The characters of a universe in classes that no test tells apart, called symbols.
 *
 * Symbols are numbered by the nicest character of each: letters, digits, then what else is printed, controls last.
 */
export interface Alphabet {
  /** The nicest character of each symbol. */
  readonly characters: readonly string[]
  /** The symbol of a code point; -1 if the universe lacks it. */
  symbolOf(codePoint: number): number
  /** Whether the set, which must be one the alphabet was made for, holds a symbol: 1 or 0 each. */
  holding(set: CodePointSet): Uint8Array
}

/** Cuts a universe into symbols such that each of the sets is a union of them. */
export function alphabetOf(universe: CodePointSet, sets: Iterable<CodePointSet>): Alphabet {
  const cuts = new Set<number>()
  for (const [from, to] of universe) cuts.add(from).add(to + 1)
  for (const set of sets) for (const [from, to] of set) cuts.add(from).add(to + 1)
  const starts = [...cuts].sort((a, b) => a - b)
  const pieces: Piece[] = []
  for (let index = 0; index + 1 < starts.length; index++) {
    const from = starts[index] ?? 0
    const to = (starts[index + 1] ?? 0) - 1
    if (holdsCodePoint(universe, from))
      pieces.push({ from, to, nicest: nicest(from, to), symbol: -1 })
  }
  const byNiceness = [...pieces].sort((a, b) => niceness(a.nicest) - niceness(b.nicest))
  for (const [symbol, piece] of byNiceness.entries()) piece.symbol = symbol
  // Nearly every character that is asked about is one of these.
  const ascii = Int32Array.from({ length: 0x80 }, (_, codePoint) => symbolIn(pieces, codePoint))
  return {
    characters: byNiceness.map((piece) => String.fromCodePoint(piece.nicest)),
    symbolOf: (codePoint) => ascii[codePoint] ?? symbolIn(pieces, codePoint),
    holding: (set) =>
      Uint8Array.from(byNiceness, (piece) => (holdsCodePoint(set, piece.from) ? 1 : 0)),
  }
}

interface Piece {
  readonly from: number
  readonly to: number
  readonly nicest: number
  symbol: number
}

function symbolIn(pieces: readonly Piece[], codePoint: number): number {
  let low = 0
  let high = pieces.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const piece = pieces[middle]
    if (piece === undefined || codePoint < piece.from) high = middle - 1
    else if (codePoint > piece.to) low = middle + 1
    else return piece.symbol
  }
  return -1
}

const niceOrder = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./'

/** How nice a character is to read in a witness: the lower the nicer. */
function niceness(codePoint: number): number {
  if (codePoint > 0x20 && codePoint < 0x7f) {
    const place = niceOrder.indexOf(String.fromCharCode(codePoint))
    return place === -1 ? 0x80 + codePoint : place
  }
  // U+0080 to U+00A0 and the controls and space of ASCII come after all that can be seen.
  return codePoint <= 0xa0 ? 0x200000 + codePoint : 0x200 + codePoint
}

function nicest(from: number, to: number): number {
  let best = from
  for (let codePoint = from; codePoint <= Math.min(to, 0xa1); codePoint++) {
    if (niceness(codePoint) < niceness(best)) best = codePoint
  }
  return best
}
