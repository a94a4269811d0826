import type { HeaderMatcherJson } from '../config/config.ts'
import { compileRegex, type Findings, fault } from '../config/findings.ts'
import { atMostOne } from '../config/one-of.ts'
import type { Request } from '../request/request.ts'
import { headerOf, headerValues } from '../request/subject.ts'
import { headerInteger } from './header-integer.ts'
import { compileStringMatcher } from './string-matcher.ts'

/** A test of one header. */
export interface HeaderTest {
  /** Lower-case. */
  readonly name: string
  readonly description: string
  /** The value this test asks for exactly, if that is all it asks: what an index can be built on. */
  readonly exact: string | undefined
  /** `values` are the parts of a header that was sent more than once; each is looked at by itself. */
  matches(value: string | undefined, values?: readonly string[]): boolean
}

/**
 * Compiles `envoy.config.route.v3.HeaderMatcher`.
 *
 * A header that is missing fails every test but that for presence, inverted or not, unless it is to be taken as empty.
 * Of a header that was sent more than once any value will do (and inverted, none may), as in Envoy since 1.39.
 */
export function compileHeaderMatcher(
  matcher: HeaderMatcherJson,
  path: string,
  findings: Findings,
): HeaderTest {
  const name = (matcher.name ?? '').toLowerCase()
  if (name === '') fault(findings, `${path}.name`, 'expected the name of a header, got none')
  atMostOne(matcher, specifiers, path, findings)
  const invert = matcher.invertMatch === true
  const missingIsEmpty = matcher.treatMissingHeaderAsEmpty === true
  const value = compileValue(matcher, path, findings)
  const description = `header ${name} ${invert ? 'not ' : ''}${value.description}`
  if (value.kind === 'present') {
    const { present } = value
    return {
      name,
      description,
      exact: undefined,
      matches: (text) => ((text !== undefined || missingIsEmpty) === present) !== invert,
    }
  }
  return {
    name,
    description,
    exact: invert || missingIsEmpty ? undefined : value.exact,
    matches: (text, values) => {
      if (text === undefined && !missingIsEmpty) return false
      const found = values === undefined ? value.test(text ?? '') : values.some(value.test)
      return found !== invert
    },
  }
}

const specifiers = [
  'exactMatch',
  'safeRegexMatch',
  'rangeMatch',
  'presentMatch',
  'prefixMatch',
  'suffixMatch',
  'containsMatch',
  'stringMatch',
] as const

/** Whether a header of a request, pseudo-headers included, passes. */
export function matchesHeader(header: HeaderTest, request: Request): boolean {
  const joined = headerOf(request, header.name)
  // Only what holds a comma can have been joined.
  if (joined === undefined || !joined.includes(',')) return header.matches(joined)
  return header.matches(joined, headerValues(request, header.name))
}

type ValueTest =
  | { readonly kind: 'present'; readonly present: boolean; readonly description: string }
  | {
      readonly kind: 'value'
      readonly description: string
      readonly exact: string | undefined
      readonly test: (text: string) => boolean
    }

function compileValue(matcher: HeaderMatcherJson, path: string, findings: Findings): ValueTest {
  const { stringMatch, rangeMatch, safeRegexMatch } = matcher
  if (stringMatch !== undefined) {
    const compiled = compileStringMatcher(stringMatch, `${path}.stringMatch`, findings)
    const exact = stringMatch.ignoreCase === true ? undefined : stringMatch.exact
    return { kind: 'value', exact, description: compiled.description, test: compiled.test }
  }
  if (safeRegexMatch !== undefined) {
    const regex = compileRegex(safeRegexMatch, `${path}.safeRegexMatch`, findings)
    const description = `~ ${JSON.stringify(safeRegexMatch.regex)}`
    return { kind: 'value', exact: undefined, description, test: (text) => regex.matches(text) }
  }
  if (rangeMatch !== undefined) return rangeTest(rangeMatch)
  return legacyTest(matcher, path, findings) ?? presence(matcher.presentMatch ?? true)
}

function presence(present: boolean): ValueTest {
  return { kind: 'present', present, description: present ? 'present' : 'absent' }
}

/** The fields that string_match replaced; Envoy still reads them. An empty exact_match fits every value. */
function legacyTest(
  { exactMatch, prefixMatch, suffixMatch, containsMatch }: HeaderMatcherJson,
  path: string,
  findings: Findings,
): ValueTest | undefined {
  for (const [name, value] of Object.entries({ prefixMatch, suffixMatch, containsMatch })) {
    if (value === '')
      fault(findings, `${path}.${name}`, 'expected at least one character, got none')
  }
  if (exactMatch !== undefined) {
    return literal('exact', exactMatch, (text) => exactMatch === '' || text === exactMatch)
  }
  if (prefixMatch !== undefined) {
    return literal('prefix', prefixMatch, (text) => text.startsWith(prefixMatch))
  }
  if (suffixMatch !== undefined) {
    return literal('suffix', suffixMatch, (text) => text.endsWith(suffixMatch))
  }
  if (containsMatch !== undefined) {
    return literal('contains', containsMatch, (text) => text.includes(containsMatch))
  }
  return undefined
}

function literal(kind: string, value: string, test: (text: string) => boolean): ValueTest {
  return {
    kind: 'value',
    exact: kind === 'exact' && value !== '' ? value : undefined,
    description: `${kind} ${JSON.stringify(value)}`,
    test,
  }
}

/** From start up to, but not including, end; of a value that is an integer and nothing else. */
function rangeTest(range: NonNullable<HeaderMatcherJson['rangeMatch']>): ValueTest {
  const start = int64(range.start)
  const end = int64(range.end)
  return {
    kind: 'value',
    exact: undefined,
    description: `in [${start}, ${end})`,
    test: (text) => {
      const value = headerInteger(text)
      return value !== undefined && value >= start && value < end
    },
  }
}

/** A value that is not an integer was reported before; here it counts as 0. */
function int64(value: unknown): bigint {
  return typeof value === 'string' || typeof value === 'number'
    ? BigInt(/^-?\d{1,19}$/.test(String(value)) ? value : 0)
    : 0n
}
