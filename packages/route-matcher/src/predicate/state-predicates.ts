import { type Findings, fault } from '../config/findings.ts'
import type {
  FilterStateMatcherJson,
  MetadataMatcherJson,
  TlsContextJson,
} from '../config/matcher-config.ts'
import { oneOf } from '../config/one-of.ts'
import { showValue } from '../config/show-value.ts'
import { parseIpAddress, withoutPortOfIp } from '../request/ip-address.ts'
import { type CidrRange, compileCidrRange } from './cidr-range.ts'
import type { Predicate } from './predicate.ts'
import { compileStringMatcher, type StringTest } from './string-matcher.ts'
import { compileValueMatcher } from './value-matcher.ts'

/** Compiles `tls_context`. A request without TLS presented no certificate, and none of its was validated. */
export function tlsPredicate({ presented, validated }: TlsContextJson): Predicate {
  const asked = [
    ...(presented === undefined ? [] : [`certificate ${presented ? '' : 'not '}presented`]),
    ...(validated === undefined ? [] : [`certificate ${validated ? '' : 'not '}validated`]),
  ]
  return {
    description: `client ${asked.join(' and ') || 'certificate of any kind'}`,
    test: ({ request: { tls } }) =>
      (presented === undefined || presented === (tls?.presented === true)) &&
      (validated === undefined || validated === (tls?.validated === true)),
    saw: ({ request: { tls } }) => {
      if (tls === undefined) return 'no TLS'
      if (!tls.presented) return 'no certificate'
      return tls.validated ? 'a validated certificate' : 'a certificate that was not validated'
    },
  }
}

/** Compiles `envoy.type.matcher.v3.MetadataMatcher`. */
export function metadataPredicate(
  matcher: MetadataMatcherJson,
  path: string,
  findings: Findings,
): Predicate {
  const { filter = '', path: segments = [], value = {}, invert = false } = matcher
  if (filter === '') fault(findings, `${path}.filter`, 'expected a namespace, got none')
  if (segments.length === 0) fault(findings, `${path}.path`, 'expected at least one key, got none')
  const keys = segments.map(({ key = '' }, i) => {
    if (key === '') fault(findings, `${path}.path[${i}].key`, 'expected a key, got none')
    return key
  })
  const inner = compileValueMatcher(value, `${path}.value`, findings)
  const place = [filter, ...keys].join(' ')
  return {
    description: `metadata ${place} ${invert ? 'not ' : ''}${inner.description}`,
    test: ({ request }) => inner.test(request.metadata?.(filter, keys)) !== invert,
    saw: ({ request }) => showValue(request.metadata?.(filter, keys)),
  }
}

/** Compiles `envoy.type.matcher.v3.FilterStateMatcher`. An object that is not there fits nothing, inverted or not. */
export function filterStatePredicate(
  matcher: FilterStateMatcherJson,
  path: string,
  findings: Findings,
): Predicate {
  const { key = '' } = matcher
  if (key === '') fault(findings, `${path}.key`, 'expected a key, got none')
  const inner = filterStateTest(matcher, path, findings)
  return {
    description: `filter state ${key} ${inner.description}`,
    test: ({ request }) => {
      const text = request.filterState?.(key)
      return text !== undefined && inner.test(text)
    },
    saw: ({ request }) => showValue(request.filterState?.(key)),
  }
}

function filterStateTest(
  matcher: FilterStateMatcherJson,
  path: string,
  findings: Findings,
): StringTest {
  const { stringMatch, addressMatch } = matcher
  if (oneOf(matcher, ['stringMatch', 'addressMatch'], path, findings) === 'stringMatch') {
    return compileStringMatcher(stringMatch ?? {}, `${path}.stringMatch`, findings)
  }
  const { ranges = [], invertMatch = false } = addressMatch ?? {}
  const compiled = ranges.map((range, i) =>
    compileCidrRange(range, `${path}.addressMatch.ranges[${i}]`, findings),
  )
  const words = ranges.map(({ addressPrefix, prefixLen = 0 }) => `${addressPrefix}/${prefixLen}`)
  return {
    description: `${invertMatch ? 'outside' : 'in'} ${words.join(', ') || 'no range'}`,
    test: (text) => inRanges(text, compiled, invertMatch),
  }
}

/** What is no address is in no range and outside none. */
function inRanges(text: string, ranges: readonly CidrRange[], invert: boolean): boolean {
  const address = parseIpAddress(withoutPortOfIp(text))
  return address !== undefined && ranges.some((range) => range.contains(address)) !== invert
}
