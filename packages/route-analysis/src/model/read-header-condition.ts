import type { HeaderMatcherJson, StringMatcherJson } from '@meshwright/route-matcher'
import { exact } from '../language/language.ts'
import { witnessOf } from '../language/witness-of.ts'
import { always, type Formula, never } from './formulas.ts'
import { integerRange } from './integer-range.ts'
import { readPathHeader } from './read-path-header.ts'
import type { RequestParts } from './request-parts.ts'
import { readTextTest, regexTest, type TextTest } from './text-test.ts'

/**
 * Reads `envoy.config.route.v3.HeaderMatcher`.
 *
 * A header that is missing passes no test of its value, inverted or not, unless it is to be taken as empty.
 */
export function readHeaderCondition(
  matcher: HeaderMatcherJson,
  parts: RequestParts,
  ignoreParameters: boolean,
): Formula {
  const { formulas } = parts.vocabulary
  const subject = headerSubject((matcher.name ?? '').toLowerCase(), parts, ignoreParameters)
  const missingIsEmpty = matcher.treatMissingHeaderAsEmpty === true
  const test = readValueTest(matcher)
  if (test === undefined) {
    const present = missingIsEmpty ? always : subject.present
    const wanted = (matcher.presentMatch ?? true) !== (matcher.invertMatch ?? false)
    return wanted ? present : formulas.not(present)
  }
  const held = subject.passes(test)
  // What passes is present: to say so once more would make every rule about a header depend on every value of it.
  const whenPresent =
    matcher.invertMatch === true ? formulas.and([subject.present, formulas.not(held)]) : held
  if (!missingIsEmpty) return whenPresent
  return formulas.or([
    whenPresent,
    formulas.and([formulas.not(subject.present), emptyPasses(matcher, test, parts)]),
  ])
}

/** A header, or what stands for it, as something to test. */
export interface HeaderSubject {
  readonly present: Formula
  /** Only asked where the header is present. */
  passes(test: TextTest): Formula
}

/** The header of that name, pseudo-headers included; the name is in lower case. */
export function headerSubject(
  name: string,
  parts: RequestParts,
  ignoreParameters: boolean,
): HeaderSubject {
  if (name === ':path') return readPathHeader(parts, ignoreParameters)
  if (name === 'cookie' && parts.entangled.cookies) return allCookies(parts)
  const dimension = dimensionOf(name, parts)
  // No request has a pseudo-header that HTTP does not know.
  if (dimension === undefined) return { present: never, passes: () => never }
  const sure = name === ':method' || name === ':scheme' || name === ':authority' || name === 'host'
  return {
    present: sure ? always : parts.present(dimension),
    passes: (test) => parts.passes(dimension, test),
  }
}

/** Where cookies are asked for by name, too, the header that holds them all is not known. */
function allCookies(parts: RequestParts): HeaderSubject {
  const { formulas } = parts.vocabulary
  const unknown = (description: string): Formula =>
    formulas.unknown(`header cookie ${description}, beside cookies by name`)
  return { present: unknown('is present'), passes: ({ description }) => unknown(description) }
}

function dimensionOf(name: string, parts: RequestParts): number | undefined {
  switch (name) {
    case ':method':
      return parts.method
    case ':scheme':
      return parts.scheme
    case ':authority':
    case 'host':
      return parts.authority
    default:
      return name.startsWith(':') ? undefined : parts.header(name)
  }
}

/** The test of the value, or undefined if only presence is asked. */
function readValueTest(matcher: HeaderMatcherJson): TextTest | undefined {
  const { stringMatch, safeRegexMatch, rangeMatch } = matcher
  if (stringMatch !== undefined) return readTextTest(stringMatch)
  if (safeRegexMatch !== undefined) return regexTest(safeRegexMatch.regex ?? '')
  if (rangeMatch !== undefined) return integerRange(rangeMatch.start, rangeMatch.end)
  const legacy = legacyMatcher(matcher)
  return legacy === undefined ? undefined : readTextTest(legacy)
}

/** The fields that string_match replaced. An empty exact_match fits every value. */
function legacyMatcher(matcher: HeaderMatcherJson): StringMatcherJson | undefined {
  const { exactMatch, prefixMatch, suffixMatch, containsMatch } = matcher
  if (exactMatch !== undefined) return exactMatch === '' ? { prefix: '' } : { exact: exactMatch }
  if (prefixMatch !== undefined) return { prefix: prefixMatch }
  if (suffixMatch !== undefined) return { suffix: suffixMatch }
  return containsMatch === undefined ? undefined : { contains: containsMatch }
}

/** Whether the matcher lets the empty text pass, which is asked of the test itself. */
function emptyPasses(matcher: HeaderMatcherJson, test: TextTest, parts: RequestParts): Formula {
  const { formulas } = parts.vocabulary
  const { language, description } = test
  if ('unknown' in language)
    return formulas.unknown(`a value that ${description}: ${language.unknown}`)
  const found = witnessOf(language, exact(''))
  if ('unknown' in found) return formulas.unknown(`whether nothing ${description}`)
  const held = found.witness !== undefined
  return held !== (matcher.invertMatch === true) ? always : never
}
