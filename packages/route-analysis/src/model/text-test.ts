import type { StringMatcherJson } from '@meshwright/route-matcher'
import {
  contains,
  exact,
  type Language,
  prefix,
  suffix,
  type Unknown,
} from '../language/language.ts'
import { regularExpression } from '../language/regular-expression.ts'

/** A test of a text: which texts pass, and in words to follow the name of what is tested. */
export interface TextTest {
  readonly language: Language | Unknown
  readonly description: string
}

/** Reads `envoy.type.matcher.v3.StringMatcher`. */
export function readTextTest(matcher: StringMatcherJson): TextTest {
  const { safeRegex, ignoreCase = false } = matcher
  if (safeRegex !== undefined) return regexTest(safeRegex.regex ?? '')
  for (const [kind, { make, words }] of Object.entries(literals)) {
    const text = matcher[kind as keyof typeof literals]
    if (text === undefined) continue
    const language = make(text, { ignoreCase })
    const description = `${words} ${JSON.stringify(text)}${ignoreCase ? ' in any case' : ''}`
    return { language, description }
  }
  return {
    language: { unknown: 'a string matcher that is an extension' },
    description: 'fits an extension',
  }
}

/** The whole text matches a regular expression of RE2's syntax. */
export function regexTest(pattern: string): TextTest {
  return {
    language: regularExpression(pattern),
    description: `matches ${JSON.stringify(pattern)}`,
  }
}

const literals = {
  exact: { make: exact, words: 'is' },
  prefix: { make: prefix, words: 'begins with' },
  suffix: { make: suffix, words: 'ends with' },
  contains: { make: contains, words: 'contains' },
}
