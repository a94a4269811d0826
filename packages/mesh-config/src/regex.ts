/** What RE2 leaves out of other engines' syntax: looking around and referring back. */
const notInRe2 = /(?:^|[^\\])(?:\\\\)*(?:\(\?(?:=|!|<=|<!|>)|\\[1-9])/

/**
 * Whether `pattern` can be a regular expression of RE2. Errs on the side of yes: what it refuses is
 * surely none, for example an open bracket or a lookahead.
 */
export function isRegex(pattern: string): boolean {
  if (notInRe2.test(pattern)) return false
  try {
    new RegExp(ecmaFrom(pattern))
    return true
  } catch {
    // The engine's only way to say that it cannot read a pattern.
    return false
  }
}

function ecmaFrom(pattern: string): string {
  return pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?[imsU-]+(:|\))/g, (_, end) => (end === ':' ? '(?:' : ''))
}
