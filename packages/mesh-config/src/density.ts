import { Lexer } from 'yaml'

/** What marks a scalar in the stream of tokens. */
const scalar = '\u001f'

/** What a value, or a key, begins with at least. */
const parts: ReadonlySet<string> = new Set([scalar, '[', '{', '-', '?'])

/**
 * Whether a text has more than `max` lines, or more than `max` keys and values. Found by looking at
 * its tokens, no further than needed: a text that is refused for its size must not be read first.
 */
export function isDenserThan(text: string, max: number): boolean {
  // Each takes a character at least.
  if (text.length <= max) return false
  return hasMoreLines(text, max) || hasMoreParts(text, max)
}

function hasMoreLines(text: string, max: number): boolean {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lines += 1
    if (lines > max) return true
  }
  return false
}

function hasMoreParts(text: string, max: number): boolean {
  let count = 0
  for (const token of new Lexer().lex(text)) {
    if (parts.has(token)) count += 1
    if (count > max) return true
  }
  return false
}
