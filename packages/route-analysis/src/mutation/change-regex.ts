/**
 * The patterns that are off by one: a quantifier dropped, added or changed, the bound of a class moved by a character, an
 * escaped dot for any character and the reverse. They are made from the text and may not compile.
 */
export function* changedRegexes(pattern: string): Generator<string> {
  const tokens = tokenize(pattern)
  const seen = new Set([pattern])
  const last = tokens.findLastIndex(({ kind }) => kind !== 'other' && kind !== 'quantifier')
  for (const [i, token] of tokens.entries()) {
    const quantified = tokens[i + 1]?.kind === 'quantifier'
    for (const text of replacements(token, i === last && !quantified)) {
      const changed = tokens.map((it, at) => (at === i ? text : it.text)).join('')
      if (seen.has(changed)) continue
      seen.add(changed)
      yield changed
    }
  }
}

interface Token {
  readonly kind: 'literal' | 'escape' | 'any' | 'class' | 'quantifier' | 'other'
  readonly text: string
}

/** What opens and is never closed is looked for once per opening: at worst quadratic in the pattern, which is no peer's. */
const tokenPattern =
  /\\Q[\s\S]*?(?:\\E|$)|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?[a-z]{1,10}:\]|[^\]\\])*\]|\(\?(?:P?<[^>]*>|[a-zA-Z-]*:?)|[()|^$]|[*+?]\??|\{\d+(?:,\d*)?\}\??|[\s\S]/gu

function tokenize(pattern: string): Token[] {
  return (pattern.match(tokenPattern) ?? []).map((text) => ({ kind: kindOf(text), text }))
}

function kindOf(text: string): Token['kind'] {
  if (text === '.') return 'any'
  if (text.startsWith('\\')) return text.length === 2 ? 'escape' : 'other'
  if (text.startsWith('[') && text.length > 2) return 'class'
  if (/^(?:[*+?]|\{.)/.test(text)) return 'quantifier'
  return /^[()|^$]/.test(text) ? 'other' : 'literal'
}

function* replacements({ kind, text }: Token, canRepeat: boolean): Generator<string> {
  if (kind === 'any') yield '\\.'
  if (text === '\\.') yield '.'
  if (kind === 'class') yield* changedClasses(text)
  if (kind === 'quantifier') yield* changedQuantifiers(text)
  else if (canRepeat) yield `${text}?`
}

function* changedQuantifiers(text: string): Generator<string> {
  yield ''
  if (text.startsWith('*')) yield `+${text.slice(1)}`
  if (text.startsWith('+')) yield `*${text.slice(1)}`
  const counted = /^\{(\d+)(,?)(\d*)\}(\??)$/.exec(text)
  if (counted === null) return
  const [, least = '', comma = '', most = '', lazy = ''] = counted
  const more = (bound: string, by: number) => String(Number(bound) + by)
  if (Number(least) > 0) yield `{${more(least, -1)}${comma}${most}}${lazy}`
  if (most !== '') yield `{${least}${comma}${more(most, 1)}}${lazy}`
  if (comma === '') yield `{${more(least, 1)}}${lazy}`
}

/** Each plain range of the class with its upper bound a character lower, and a character higher. */
function* changedClasses(text: string): Generator<string> {
  for (const range of text.matchAll(/([a-zA-Z0-9])-([a-zA-Z0-9])/g)) {
    const [whole, from = '', to = ''] = range
    for (const by of [-1, 1]) {
      const bound = String.fromCharCode(to.charCodeAt(0) + by)
      if (bound < from) continue
      const end = range.index + whole.length
      yield `${text.slice(0, range.index)}${from}-${bound === '[' ? '\\[' : bound}${text.slice(end)}`
    }
  }
}
