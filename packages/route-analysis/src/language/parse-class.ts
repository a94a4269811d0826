import { perlClasses, posixClasses } from './character-classes.ts'
import { type CodePointSet, invert, joinRanges } from './code-points.ts'
import { foldCase } from './fold-case.ts'
import { parseEscape } from './parse-escape.ts'
import { PatternFault } from './pattern-fault.ts'
import type { PatternReader } from './pattern-reader.ts'

/** Reads a class in brackets, the first of which is taken. */
export function parseClass(reader: PatternReader, ignoreCase: boolean): CodePointSet {
  const negated = reader.skip('^')
  const sets: CodePointSet[] = []
  do sets.push(parseItem(reader, ignoreCase))
  while (!reader.skip(']'))
  const set = joinRanges(sets.flat())
  return negated ? invert(set) : set
}

/** What `\d` and its like stand for, if that comes next, after the backslash. */
export function parsePerlClass(
  reader: PatternReader,
  ignoreCase: boolean,
): CodePointSet | undefined {
  const letter = reader.peek()
  if (letter === 'p' || letter === 'P') throw new PatternFault('a class of Unicode')
  const set = perlClasses.get(letter.toLowerCase())
  if (set === undefined) return undefined
  reader.take()
  return named(set, letter !== letter.toLowerCase(), ignoreCase)
}

function parseItem(reader: PatternReader, ignoreCase: boolean): CodePointSet {
  const posix = reader.peek() === '[' ? reader.match(/^\[:(\^?)([^:]*):\]/, 16) : undefined
  if (posix !== undefined) {
    const set = posixClasses.get(posix[2] ?? '')
    if (set === undefined) throw new PatternFault(posix[0])
    return named(set, posix[1] === '^', ignoreCase)
  }
  if (reader.peek() === '\\' && /[dDsSwWpP]/.test(reader.peek(1))) {
    reader.take()
    const set = parsePerlClass(reader, ignoreCase)
    if (set !== undefined) return set
  }
  const from = parseCharacter(reader)
  let to = from
  if (reader.peek() === '-' && reader.peek(1) !== ']') {
    reader.take()
    to = parseCharacter(reader)
  }
  if (to < from) throw new PatternFault('a range that ends before it begins')
  return ignoreCase ? foldCase([[from, to]]) : [[from, to]]
}

function parseCharacter(reader: PatternReader): number {
  const character = reader.take()
  return character === '\\' ? parseEscape(reader) : (character.codePointAt(0) ?? 0)
}

function named(set: CodePointSet, negated: boolean, ignoreCase: boolean): CodePointSet {
  const folded = ignoreCase ? foldCase(set) : set
  return negated ? invert(folded) : folded
}
