import { lastCodePoint } from './code-points.ts'
import { PatternFault } from './pattern-fault.ts'
import type { PatternReader } from './pattern-reader.ts'

/**
 * Reads what follows a backslash that stands for one character, inside of a class or outside.
 *
 * @throws {PatternFault} if it does not.
 */
export function parseEscape(reader: PatternReader): number {
  const character = reader.take()
  const control = controls.get(character)
  if (control !== undefined) return control
  if (character === 'x') return parseHex(reader)
  if (/[0-7]/.test(character)) return parseOctal(reader, character)
  // RE2 takes a backslash before anything of ASCII that is neither letter nor digit.
  if (/[\0-\x7f]/.test(character) && !/[0-9A-Za-z]/.test(character)) return character.charCodeAt(0)
  throw new PatternFault(`\\${character}`)
}

const controls: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
])

function parseHex(reader: PatternReader): number {
  const found = reader.match(/^\{([0-9A-Fa-f]{1,8})\}/, 10) ?? reader.match(/^([0-9A-Fa-f]{2})/, 2)
  const codePoint = Number.parseInt(found?.[1] ?? '', 16)
  if (!(codePoint <= lastCodePoint)) throw new PatternFault('\\x without a character')
  return codePoint
}

/** A single digit but 0 would refer to a group, which RE2 has not. */
function parseOctal(reader: PatternReader, first: string): number {
  const rest = reader.match(/^[0-7]{1,2}/, 2)?.[0] ?? ''
  if (first !== '0' && rest === '') throw new PatternFault(`\\${first}`)
  return Number.parseInt(first + rest, 8)
}
