import type { Language, Unknown } from './language.ts'
import { parsePattern } from './parse-pattern.ts'
import { PatternFault } from './pattern-fault.ts'
import { stripAnchors } from './strip-anchors.ts'

/**
 * Every string that a pattern matches as a whole, by the meaning of RE2.
 *
 * Unknown for classes of Unicode such as `\pL`, for `\C`, for `(?i)` on characters beyond ASCII, and for what RE2 would refuse.
 */
export function regularExpression(pattern: string): Language | Unknown {
  try {
    const parsed = stripAnchors(parsePattern(pattern))
    return { kind: 'regular', key: `regex${JSON.stringify(pattern)}`, pattern: parsed }
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error
    return { unknown: `regex ${JSON.stringify(pattern)}: ${error.message} is outside the algebra` }
  }
}
