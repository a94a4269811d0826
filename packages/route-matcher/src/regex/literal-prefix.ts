/** The text that everything a pattern matches begins with, as far as it is plain to see; empty if it is not. */
export function literalPrefix(pattern: string): string {
  // An alternative may begin otherwise, and flags may change what a letter means.
  if (pattern.includes('|') || pattern.includes('(?')) return ''
  const [all = '', run = ''] = beginning.exec(pattern) ?? []
  // What may be repeated may be there no time at all.
  const optional = /[*?{]/.test(pattern[all.length] ?? '')
  const last = run.at(-2) === '\\' ? 2 : 1
  const kept = optional ? run.slice(0, -last) : run
  return kept.includes('\\') ? kept.replaceAll('\\', '') : kept
}

/** Characters that mean themselves, plain or escaped; no escape among them is of a backslash. */
const beginning = /^\^?((?:[\w/\-~%:;=,@!&']|\\[./\-_?+*])*)/
