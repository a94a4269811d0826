import { type Findings, fault } from '../config/findings.ts'
import type { ValueMatcherJson } from '../config/matcher-config.ts'
import { oneOf } from '../config/one-of.ts'
import { compileStringMatcher } from './string-matcher.ts'

/** A test of a JSON value, with words for it. Undefined is a value that is not there. */
export interface ValueTest {
  readonly description: string
  test(value: unknown): boolean
}

/** Compiles `envoy.type.matcher.v3.ValueMatcher`. A value of another type than the matcher's fails, and throws nothing. */
export function compileValueMatcher(
  matcher: ValueMatcherJson,
  path: string,
  findings: Findings,
): ValueTest {
  switch (oneOf(matcher, members, path, findings)) {
    case 'nullMatch':
      return { description: 'null', test: (value) => value === null }
    case 'boolMatch':
      return {
        description: String(matcher.boolMatch),
        test: (value) => value === matcher.boolMatch,
      }
    case 'presentMatch':
      return presence(matcher.presentMatch === true)
    case 'stringMatch': {
      const inner = compileStringMatcher(matcher.stringMatch ?? {}, `${path}.stringMatch`, findings)
      return {
        description: inner.description,
        test: (value) => typeof value === 'string' && inner.test(value),
      }
    }
    case 'doubleMatch':
      return doubleTest(matcher.doubleMatch ?? {}, `${path}.doubleMatch`, findings)
    case 'listMatch':
      return listTest(matcher.listMatch ?? {}, `${path}.listMatch`, findings)
    case 'orMatch':
      return orTest(matcher.orMatch ?? {}, `${path}.orMatch`, findings)
    case undefined:
      return { description: 'nothing', test: () => false }
  }
}

const members = [
  'nullMatch',
  'doubleMatch',
  'stringMatch',
  'boolMatch',
  'presentMatch',
  'listMatch',
  'orMatch',
] as const

/** To ask for absence, `invert` the matcher: `present_match: false` fits nothing, as in Envoy. */
function presence(present: boolean): ValueTest {
  return {
    description: present ? 'present' : 'nothing, for present_match is false',
    test: (value) => present && value !== undefined,
  }
}

function doubleTest(
  matcher: NonNullable<ValueMatcherJson['doubleMatch']>,
  path: string,
  findings: Findings,
): ValueTest {
  if (oneOf(matcher, ['range', 'exact'], path, findings) === 'exact') {
    return {
      description: `equal to ${matcher.exact}`,
      test: (value) => value === matcher.exact,
    }
  }
  const { start = 0, end = 0 } = matcher.range ?? {}
  return {
    description: `in [${start}, ${end})`,
    test: (value) => typeof value === 'number' && value >= start && value < end,
  }
}

function listTest(
  { oneOf: inner }: NonNullable<ValueMatcherJson['listMatch']>,
  path: string,
  findings: Findings,
): ValueTest {
  if (inner === undefined) fault(findings, `${path}.oneOf`, 'expected a matcher, got none')
  const element = compileValueMatcher(inner ?? { presentMatch: true }, `${path}.oneOf`, findings)
  return {
    description: `a list with ${element.description}`,
    test: (value) => Array.isArray(value) && value.some((it) => element.test(it)),
  }
}

function orTest(
  { valueMatchers = [] }: NonNullable<ValueMatcherJson['orMatch']>,
  path: string,
  findings: Findings,
): ValueTest {
  const at = `${path}.valueMatchers`
  if (valueMatchers.length < 2) {
    fault(findings, at, `expected at least 2 matchers, got ${valueMatchers.length}`)
  }
  const tests = valueMatchers.map((it, i) => compileValueMatcher(it, `${at}[${i}]`, findings))
  return {
    description: tests.map(({ description }) => description).join(' or '),
    test: (value) => tests.some((it) => it.test(value)),
  }
}
