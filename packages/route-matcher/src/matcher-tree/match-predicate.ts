import type { ExtensionJson } from '../config/config.ts'
import { type Findings, fault } from '../config/findings.ts'
import type {
  CidrRangeJson,
  MatcherPredicateJson,
  ValueMatcherJson,
} from '../config/matcher-config.ts'
import { oneOf } from '../config/one-of.ts'
import { showValue } from '../config/show-value.ts'
import { readTypedConfig, typeName } from '../config/typed-config.ts'
import { compileCidrRange } from '../predicate/cidr-range.ts'
import type { Predicate } from '../predicate/predicate.ts'
import { compileStringMatcher, type StringTest } from '../predicate/string-matcher.ts'
import { compileValueMatcher, type ValueTest } from '../predicate/value-matcher.ts'
import { parseIpAddress } from '../request/ip-address.ts'
import { compileInput, type MatchInput } from './match-input.ts'

/** Compiles a predicate of a matcher list. An input that is not there fails every single predicate. */
export function compileMatchPredicate(
  predicate: MatcherPredicateJson,
  path: string,
  findings: Findings,
): Predicate {
  switch (oneOf(predicate, kinds, path, findings)) {
    case 'singlePredicate':
      return single(predicate.singlePredicate ?? {}, `${path}.singlePredicate`, findings)
    case 'orMatcher': {
      const parts = several(predicate.orMatcher, `${path}.orMatcher`, findings)
      return joined(parts, ' or ', (subject) => parts.some((it) => it.test(subject)))
    }
    case 'andMatcher': {
      const parts = several(predicate.andMatcher, `${path}.andMatcher`, findings)
      return joined(parts, ' and ', (subject) => parts.every((it) => it.test(subject)))
    }
    case 'notMatcher': {
      const inner = compileMatchPredicate(
        predicate.notMatcher ?? {},
        `${path}.notMatcher`,
        findings,
      )
      return {
        description: `not ${inner.description}`,
        test: (subject) => !inner.test(subject),
        saw: inner.saw,
      }
    }
    case undefined:
      return { description: 'nothing', test: () => false, saw: () => 'nothing' }
  }
}

const kinds = ['singlePredicate', 'orMatcher', 'andMatcher', 'notMatcher'] as const

function several(
  list: MatcherPredicateJson['orMatcher'],
  path: string,
  findings: Findings,
): readonly Predicate[] {
  const predicates = list?.predicate ?? []
  const at = `${path}.predicate`
  if (predicates.length < 2) {
    fault(findings, at, `expected at least 2 predicates, got ${predicates.length}`)
  }
  return predicates.map((it, i) => compileMatchPredicate(it, `${at}[${i}]`, findings))
}

function joined(parts: readonly Predicate[], word: string, test: Predicate['test']): Predicate {
  return {
    description: `(${parts.map(({ description }) => description).join(word)})`,
    test,
    saw: (subject) => parts.map((it) => it.saw(subject)).join(' and '),
  }
}

function single(
  predicate: NonNullable<MatcherPredicateJson['singlePredicate']>,
  path: string,
  findings: Findings,
): Predicate {
  const input = compileInput(predicate.input, `${path}.input`, findings)
  const kind = oneOf(predicate, ['valueMatch', 'customMatch'], path, findings)
  const test =
    kind === 'customMatch'
      ? customTest(predicate.customMatch, input, `${path}.customMatch.typedConfig`, findings)
      : textTest(input, `${path}.valueMatch`, findings, () =>
          compileStringMatcher(predicate.valueMatch ?? {}, `${path}.valueMatch`, findings),
        )
  return {
    description: `${input.description} ${test.description}`,
    test: (subject) => test.test(input.get(subject)),
    saw: (subject) => showValue(input.get(subject)),
  }
}

const neverTest: ValueTest = { description: 'nothing', test: () => false }

/** A test of texts, of an input that gives some; a text that is not there fails it. */
function textTest(
  input: MatchInput,
  path: string,
  findings: Findings,
  make: () => StringTest,
): ValueTest {
  if (input.kind !== 'text') {
    fault(findings, path, `expected an input that gives a text, got ${input.description}`)
    return neverTest
  }
  const { description, test } = make()
  return { description, test: (value) => typeof value === 'string' && test(value) }
}

const inputMatchers = 'envoy.extensions.matching.input_matchers'
const ipType = `${inputMatchers}.ip.v3.Ip`
const metadataType = `${inputMatchers}.metadata.v3.Metadata`

function customTest(
  extension: ExtensionJson | undefined,
  input: MatchInput,
  path: string,
  findings: Findings,
): ValueTest {
  const typed = readTypedConfig(extension?.typedConfig)
  if (typed?.type === ipType) {
    return textTest(input, path, findings, () => ipTest(typed.fields, path, findings))
  }
  if (typed?.type === metadataType) {
    if (input.kind === 'value') return metadataTest(typed.fields, path, findings)
    fault(findings, path, `expected an input of metadata, got ${input.description}`)
    return neverTest
  }
  const got = typeName(extension?.typedConfig)
  fault(findings, path, `expected one of ${ipType}, ${metadataType}, got ${got}`)
  return neverTest
}

function ipTest(
  fields: { readonly cidrRanges?: readonly CidrRangeJson[] },
  path: string,
  findings: Findings,
): StringTest {
  const { cidrRanges = [] } = fields
  if (cidrRanges.length === 0) fault(findings, `${path}.cidrRanges`, 'expected a range, got none')
  const ranges = cidrRanges.map((it, i) =>
    compileCidrRange(it, `${path}.cidrRanges[${i}]`, findings),
  )
  const words = cidrRanges.map(
    ({ addressPrefix, prefixLen = 0 }) => `${addressPrefix}/${prefixLen}`,
  )
  return {
    description: `in ${words.join(', ')}`,
    test: (text) => {
      const address = parseIpAddress(text)
      return address !== undefined && ranges.some((it) => it.contains(address))
    },
  }
}

function metadataTest(
  fields: { readonly value?: ValueMatcherJson; readonly invert?: boolean },
  path: string,
  findings: Findings,
): ValueTest {
  const invert = fields.invert === true
  const inner = compileValueMatcher(fields.value ?? {}, `${path}.value`, findings)
  return {
    description: `${invert ? 'not ' : ''}${inner.description}`,
    test: (value) => inner.test(value) !== invert,
  }
}
