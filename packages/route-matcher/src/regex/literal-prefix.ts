/** The text that everything a pattern matches begins with, as far as it is plain to see; empty if it is not. */
export function literalPrefix(pattern: string): string {
  // An alternative may begin otherwise, and flags may change what a letter means.
  if (pattern.includes('|') || pattern.includes('(?')) return ''
  let prefix = ''
  let at = pattern.startsWith('^') ? 1 : 0
  while (at < pattern.length) {
    const [character, length] = literalAt(pattern, at)
    if (character === '') break
    // What may be repeated may be there no time at all.
    if (/[*?{]/.test(pattern[at + length] ?? '')) break
    prefix += character
    at += length
  }
  return prefix
}

function literalAt(pattern: string, at: number): readonly [character: string, length: number] {
  const character = pattern[at] ?? ''
  if (character === '\\') {
    const next = pattern[at + 1] ?? ''
    return /[./\-_?+*]/.test(next) ? [next, 2] : ['', 0]
  }
  return /[\w/\-~%:;=,@!&']/.test(character) ? [character, 1] : ['', 0]
}
