import type { Fraction } from '../action/action.ts'
import type { RouteMatchJson, RuntimeFractionJson } from '../config/config.ts'
import { type Findings, fault } from '../config/findings.ts'
import type { CookieMatcherJson, QueryParameterMatcherJson } from '../config/matcher-config.ts'
import { atMostOne } from '../config/one-of.ts'
import { isPseudoHeader, queryParameter, type Subject } from '../request/subject.ts'
import { compileFraction } from './fraction.ts'
import { compileHeaderMatcher, type HeaderTest, matchesHeader } from './header-matcher.ts'
import type { Predicate } from './predicate.ts'
import { filterStatePredicate, metadataPredicate, tlsPredicate } from './state-predicates.ts'
import { compileStringMatcher } from './string-matcher.ts'

/** Compiles what a route asks for beyond its path, in the order Envoy asks. */
export function compileConditions(
  match: RouteMatchJson,
  path: string,
  findings: Findings,
): Predicate[] {
  const conditions: Predicate[] = []
  const { runtimeFraction, grpc, headers, queryParameters, cookies } = match
  const { tlsContext, dynamicMetadata, filterState } = match
  if (runtimeFraction !== undefined) {
    conditions.push(runtimePredicate(runtimeFraction, `${path}.runtimeFraction`, findings))
  }
  if (grpc !== undefined) conditions.push(grpcPredicate)
  headers?.forEach((it, i) => {
    conditions.push(headerPredicate(compileHeaderMatcher(it, `${path}.headers[${i}]`, findings)))
  })
  queryParameters?.forEach((it, i) => {
    conditions.push(queryPredicate(it, `${path}.queryParameters[${i}]`, findings))
  })
  cookies?.forEach((it, i) => {
    conditions.push(cookiePredicate(it, `${path}.cookies[${i}]`, findings))
  })
  if (tlsContext !== undefined) conditions.push(tlsPredicate(tlsContext))
  dynamicMetadata?.forEach((it, i) => {
    conditions.push(metadataPredicate(it, `${path}.dynamicMetadata[${i}]`, findings))
  })
  filterState?.forEach((it, i) => {
    conditions.push(filterStatePredicate(it, `${path}.filterState[${i}]`, findings))
  })
  return conditions
}

function runtimePredicate(
  fraction: RuntimeFractionJson,
  path: string,
  findings: Findings,
): Predicate {
  const { numerator, denominator } = compileFraction(fraction, path, findings)
  const { runtimeKey = '' } = fraction
  const description = `draw below ${numerator} of ${denominator}`
  if (runtimeKey !== '') return overridable(runtimeKey, { numerator, denominator }, description)
  return {
    draw: true,
    description,
    test: ({ random }) => random % denominator < numerator,
    saw: ({ random }) => String(random % denominator),
  }
}

/** A runtime key that is set to a whole number counts as percent, as in Envoy; set to anything else it is as if it were not. */
function overridable(key: string, byDefault: Fraction, description: string): Predicate {
  const fractionOf = ({ runtime }: Subject): Fraction => {
    const value = runtime?.(key)
    if (value === undefined || !Number.isInteger(value) || value < 0) return byDefault
    return { numerator: value, denominator: 100 }
  }
  return {
    draw: true,
    description: `${description}, unless runtime key ${JSON.stringify(key)} is set`,
    test: (subject) => {
      const { numerator, denominator } = fractionOf(subject)
      return subject.random % denominator < numerator
    },
    saw: (subject) => {
      const { numerator, denominator } = fractionOf(subject)
      return `${subject.random % denominator} for ${numerator} of ${denominator}`
    },
  }
}

const grpcPredicate: Predicate = {
  description: 'gRPC request',
  test: (subject) =>
    subject.request.path !== '' &&
    /^application\/grpc($|\+)/.test(subject.header('content-type') ?? ''),
  saw: (subject) => show(subject.header('content-type')),
}

function headerPredicate(header: HeaderTest): Predicate {
  return {
    description: header.description,
    exactHeader:
      header.exact === undefined ? undefined : { name: header.name, value: header.exact },
    test: headerTest(header),
    saw: (subject) => show(subject.header(header.name)),
  }
}

/** The most frequent case, one value of a header that is not a pseudo-header, by the shortest way. */
function headerTest(header: HeaderTest): Predicate['test'] {
  const { name, exact } = header
  const plain = exact !== undefined && !exact.includes(',') && !isPseudoHeader(name)
  if (!plain) return ({ request }) => matchesHeader(header, request)
  return ({ request }) => {
    const value = request.header(name)
    if (value === exact) return true
    // Of several values joined, one could be it.
    if (value === undefined || value.length <= exact.length) return false
    return value.includes(',') && matchesHeader(header, request)
  }
}

function queryPredicate(
  parameter: QueryParameterMatcherJson,
  path: string,
  findings: Findings,
): Predicate {
  const { name = '', stringMatch, presentMatch } = parameter
  if (name === '') fault(findings, `${path}.name`, 'expected the name of a parameter, got none')
  atMostOne(parameter, ['stringMatch', 'presentMatch'], path, findings)
  const saw: Predicate['saw'] = (subject) => show(queryParameter(subject.request.path, name))
  if (stringMatch === undefined) {
    const present = presentMatch ?? true
    return {
      description: `query parameter ${name} ${present ? 'present' : 'absent'}`,
      test: ({ request }) => (queryParameter(request.path, name) !== undefined) === present,
      saw,
    }
  }
  const value = compileStringMatcher(stringMatch, `${path}.stringMatch`, findings)
  return {
    description: `query parameter ${name} ${value.description}`,
    test: ({ request }) => {
      const text = queryParameter(request.path, name)
      return text !== undefined && value.test(text)
    },
    saw,
  }
}

function cookiePredicate(cookie: CookieMatcherJson, path: string, findings: Findings): Predicate {
  const { name = '', stringMatch = {}, invertMatch = false } = cookie
  if (name === '') fault(findings, `${path}.name`, 'expected the name of a cookie, got none')
  const value = compileStringMatcher(stringMatch, `${path}.stringMatch`, findings)
  return {
    description: `cookie ${name} ${invertMatch ? 'not ' : ''}${value.description}`,
    test: (subject) => {
      const text = subject.cookies.get(name)
      return (text !== undefined && value.test(text)) !== invertMatch
    },
    saw: (subject) => show(subject.cookies.get(name)),
  }
}

function show(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
