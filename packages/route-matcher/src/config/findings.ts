import type { HashOfKeys } from '../action/weights.ts'
import type { Regex, RegexEngine } from '../regex/regex-engine.ts'
import type { ReadDataSource } from './data-source.ts'
import type { RouteFault } from './errors.ts'
import type { Mend } from './mend.ts'

/** What is collected while a configuration compiles, so that all faults come out at once. */
export interface Findings {
  readonly faults: RouteFault[]
  readonly warnings: RouteFault[]
  readonly mends: Mend[]
  readonly regexEngine: RegexEngine
  /** Which of the routes that fit wins. Undefined: the first. */
  readonly order?: 'first-match' | 'most-specific' | undefined
  /** Undefined: the caller gave none. */
  readonly hashOfKeys: HashOfKeys | undefined
  /** Undefined: the caller gave none. */
  readonly readDataSource: ReadDataSource | undefined
}

/** Notes a fault. */
export function fault(findings: Findings, path: string, message: string): void {
  findings.faults.push({ path, message })
}

/** Compiles a pattern; one that is no RE2 is a fault, and matches nothing. */
export function compileRegex(
  matcher: { readonly regex?: string } | undefined,
  path: string,
  findings: Findings,
): Regex {
  const pattern = matcher?.regex ?? ''
  if (pattern === '') fault(findings, `${path}.regex`, 'expected a pattern, got nothing')
  try {
    return findings.regexEngine.compile(pattern)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const found = JSON.stringify(pattern)
    const message = `${found} is not RE2 syntax: ${reason}`
    const expected = 'a pattern in RE2 syntax'
    findings.faults.push({ path: `${path}.regex`, message, expected, found })
    return { matches: () => false, replaceAll: (text) => text, groupCount: 9 }
  }
}
