import type { StringMatcherJson } from '@meshwright/route-matcher'
import fc from 'fast-check'

/** Few letters, so that what is drawn twice often meets. */
export const shortText: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '1', '-'),
  maxLength: 3,
})

/** Texts that mostly fit a string matcher, and now and then in another case; the matcher decides. */
export function fittingText(matcher: StringMatcherJson): fc.Arbitrary<string> {
  const text = plainText(matcher)
  if (matcher.ignoreCase !== true) return text
  return fc.tuple(text, fc.boolean()).map(([it, upper]) => (upper ? it.toUpperCase() : it))
}

function plainText({
  exact,
  prefix,
  suffix,
  contains,
  safeRegex,
}: StringMatcherJson): fc.Arbitrary<string> {
  if (exact !== undefined) return fc.constant(exact)
  if (prefix !== undefined) return shortText.map((it) => `${prefix}${it}`)
  if (suffix !== undefined) return shortText.map((it) => `${it}${suffix}`)
  if (contains !== undefined) {
    return fc.tuple(shortText, shortText).map(([a, b]) => `${a}${contains}${b}`)
  }
  return safeRegex === undefined ? shortText : fittingPattern(safeRegex.regex ?? '')
}

/** Texts that fit a pattern, if JavaScript reads it too; short ones otherwise. */
export function fittingPattern(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(`^(?:${pattern})$`))
  } catch {
    // RE2 has syntax that JavaScript does not know; the caller asks the matcher anyway.
    return shortText
  }
}

/** Texts that mostly do not fit: something close to the literal, or anything short. */
export function missingText(matcher: StringMatcherJson): fc.Arbitrary<string> {
  const { exact, prefix, suffix, contains } = matcher
  const literal = exact ?? prefix ?? suffix ?? contains
  return literal === undefined ? shortText : fc.oneof(closeTo(literal), shortText)
}

/** Texts that differ from one by a character or by case. */
export function closeTo(text: string): fc.Arbitrary<string> {
  return fc.constantFrom(
    text.slice(0, -1),
    text.slice(1),
    `${text}x`,
    `x${text}`,
    `${text.slice(0, -1)}~`,
    text.toUpperCase(),
  )
}
