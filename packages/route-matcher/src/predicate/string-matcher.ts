import type { StringMatcherJson } from '../config/config.ts'
import { compileRegex, type Findings, fault } from '../config/findings.ts'
import { atMostOne } from '../config/one-of.ts'

/** A test of one string, with words for it. */
export interface StringTest {
  readonly description: string
  test(text: string): boolean
}

/** Compiles `envoy.type.matcher.v3.StringMatcher`. Letter case is ignored for ASCII and never in a regex. */
export function compileStringMatcher(
  matcher: StringMatcherJson,
  path: string,
  findings: Findings,
): StringTest {
  const { safeRegex } = matcher
  atMostOne(matcher, ['exact', 'prefix', 'suffix', 'contains', 'safeRegex'], path, findings)
  if (safeRegex !== undefined) {
    if (matcher.ignoreCase === true) {
      fault(findings, `${path}.ignoreCase`, 'expected false beside a regular expression, got true')
    }
    const regex = compileRegex(safeRegex, `${path}.safeRegex`, findings)
    return {
      description: `~ ${JSON.stringify(safeRegex.regex)}`,
      test: (text) => regex.matches(text),
    }
  }
  for (const [kind, test] of Object.entries(literalTests)) {
    const literal = matcher[kind as keyof typeof literalTests]
    if (literal === undefined) continue
    if (literal === '' && kind !== 'exact') {
      fault(findings, `${path}.${kind}`, 'expected at least one character, got none')
    }
    return literalTest(kind, literal, test, matcher.ignoreCase === true)
  }
  fault(findings, path, 'expected exact, prefix, suffix, contains or safeRegex, got none of them')
  return { description: 'nothing', test: () => false }
}

function literalTest(
  kind: string,
  literal: string,
  test: (text: string, literal: string) => boolean,
  ignoreCase: boolean,
): StringTest {
  const description = `${kind} ${JSON.stringify(literal)}`
  if (!ignoreCase) return { description, test: (text) => test(text, literal) }
  const lower = asciiLowerCase(literal)
  return {
    description: `${description} in any case`,
    test: (text) => test(asciiLowerCase(text), lower),
  }
}

const literalTests = {
  exact: (text: string, literal: string) => text === literal,
  prefix: (text: string, literal: string) => text.startsWith(literal),
  suffix: (text: string, literal: string) => text.endsWith(literal),
  contains: (text: string, literal: string) => text.includes(literal),
}

/** Lower-cases A to Z only, as Envoy does; the length stays. */
export function asciiLowerCase(text: string): string {
  return nonAscii.test(text)
    ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    : text.toLowerCase()
}

const nonAscii = /[^\0-\x7f]/
