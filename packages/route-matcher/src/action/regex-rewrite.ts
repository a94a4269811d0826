import type { RegexRewriteJson } from '../config/config.ts'
import { compileRegex, type Findings, fault } from '../config/findings.ts'

/** Compiles `RegexMatchAndSubstitute` to a function from text to text. */
export function compileRegexRewrite(
  rewrite: RegexRewriteJson,
  path: string,
  findings: Findings,
): (text: string) => string {
  const regex = compileRegex(rewrite.pattern, `${path}.pattern`, findings)
  const substitution = rewrite.substitution ?? ''
  const reason = substitutionFault(substitution, regex.groupCount)
  if (reason !== undefined) fault(findings, `${path}.substitution`, reason)
  return (text) => regex.replaceAll(text, substitution)
}

/** After a backslash only a digit or another backslash, and no group that the pattern lacks. */
function substitutionFault(substitution: string, groupCount: number): string | undefined {
  for (const [whole, after = ''] of substitution.matchAll(/\\(.?)/g)) {
    if (after === '\\') continue
    if (!/^\d$/.test(after)) return `expected a digit or \\ after \\, got ${JSON.stringify(whole)}`
    if (Number(after) > groupCount) {
      return `expected a group from 0 to ${groupCount}, got ${after}`
    }
  }
  return undefined
}
