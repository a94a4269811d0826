import { isUtf8 } from 'node:buffer'
import { suiteError, type TextPosition } from './parsed-text.ts'

/** A word, a string (without its quotes and escapes), a mark, or the end. */
export interface TextProtoToken extends TextPosition {
  readonly kind: 'word' | 'string' | 'mark' | 'end'
  readonly text: string
}

const form =
  /(?<space>[\s]+|#[^\n]*)|(?<word>[-+]?[A-Za-z0-9_.]+(?:[-+](?<=[eE][-+])[0-9]+)?)|(?<mark>[{}<>[\]:,;])|(?<string>"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')/y

/**
 * The tokens of a text in protobuf's text format; the last one is the end. Linear in the text.
 *
 * @throws {MeshTestError} at the first character that begins no token.
 */
export function textProtoTokens(file: string, text: string): readonly TextProtoToken[] {
  const tokens: TextProtoToken[] = []
  const place = new Place()
  for (let at = 0; at < text.length; ) {
    form.lastIndex = at
    const found = form.exec(text)
    if (found === null) {
      throw suiteError(file, place.position(), `unexpected ${JSON.stringify(text[at])}`)
    }
    const [whole] = found
    const { word, mark, string } = found.groups ?? {}
    const position = place.position()
    if (word !== undefined) tokens.push({ kind: 'word', text: word, ...position })
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, ...position })
    if (string !== undefined) {
      tokens.push({ kind: 'string', text: unescaped(file, string, position), ...position })
    }
    place.pass(whole)
    at += whole.length
  }
  tokens.push({ kind: 'end', text: '', ...place.position() })
  return tokens
}

class Place {
  #line = 1
  #column = 1

  position(): TextPosition {
    return { line: this.#line, column: this.#column }
  }

  pass(text: string): void {
    const breaks = text.split('\n').length - 1
    this.#line += breaks
    this.#column = breaks === 0 ? this.#column + text.length : text.length - text.lastIndexOf('\n')
  }
}

const escapes = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gs

const letters: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['?', '?'],
])

/** Octal and `\x` escapes are bytes, which together must be UTF-8. */
function unescaped(file: string, quoted: string, at: TextPosition): string {
  const inner = quoted.slice(1, -1)
  if (!inner.includes('\\')) return inner
  const bytes: number[] = []
  let from = 0
  for (const found of inner.matchAll(escapes)) {
    bytes.push(...Buffer.from(inner.slice(from, found.index), 'utf8'))
    bytes.push(...escaped(file, found, at))
    from = found.index + found[0].length
  }
  bytes.push(...Buffer.from(inner.slice(from), 'utf8'))
  const raw = Buffer.from(bytes)
  if (!isUtf8(raw)) throw suiteError(file, at, 'expected a string of UTF-8')
  return raw.toString('utf8')
}

function escaped(
  file: string,
  [whole, octal, hex, short, long, letter]: RegExpExecArray,
  at: TextPosition,
): Iterable<number> {
  if (octal !== undefined) return [Number.parseInt(octal, 8) & 0xff]
  if (hex !== undefined) return [Number.parseInt(hex, 16)]
  const point = short ?? long
  if (point !== undefined) {
    const code = Number.parseInt(point, 16)
    if (code > 0x10_ff_ff) throw suiteError(file, at, `expected a code point, got ${whole}`)
    return Buffer.from(String.fromCodePoint(code), 'utf8')
  }
  const plain = letters.get(letter ?? '')
  if (plain === undefined) throw suiteError(file, at, `unknown escape ${whole}`)
  return Buffer.from(plain, 'utf8')
}
