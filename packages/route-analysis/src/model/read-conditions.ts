import type { RouteMatchJson } from '@meshwright/route-matcher'
import { exact, prefix, union } from '../language/language.ts'
import { type Formula, never } from './formulas.ts'
import { readFraction } from './read-fraction.ts'
import { readHeaderCondition } from './read-header-condition.ts'
import { readPathCondition } from './read-path-condition.ts'
import { readFilterState, readMetadata, readTls } from './read-state-conditions.ts'
import type { RequestParts } from './request-parts.ts'
import { readTextTest } from './text-test.ts'

/** Reads everything that a route asks of a request it takes. */
export function readConditions(
  match: RouteMatchJson,
  parts: RequestParts,
  ignoreParameters: boolean,
): Formula {
  const { runtimeFraction, grpc, headers = [], queryParameters = [], cookies = [] } = match
  const { tlsContext, dynamicMetadata = [], filterState = [] } = match
  const { formulas } = parts.vocabulary
  return formulas.and([
    readPathCondition(match, parts, ignoreParameters),
    ...(runtimeFraction === undefined ? [] : [readFraction(runtimeFraction, formulas)]),
    ...(grpc === undefined ? [] : [isGrpc(parts)]),
    ...headers.map((header) => readHeaderCondition(header, parts, ignoreParameters)),
    ...queryParameters.map((parameter) => readQuery(parameter, parts)),
    ...cookies.map((cookie) => readCookie(cookie, parts)),
    ...(tlsContext === undefined ? [] : [readTls(tlsContext, parts)]),
    ...dynamicMetadata.map((matcher) => readMetadata(matcher, parts)),
    ...filterState.map((matcher) => readFilterState(matcher, parts)),
  ])
}

function isGrpc(parts: RequestParts): Formula {
  const type = 'application/grpc'
  return parts.vocabulary.formulas.and([
    parts.present(parts.path),
    parts.passes(parts.header('content-type'), {
      language: union(exact(type), prefix(`${type}+`)),
      description: 'is gRPC',
    }),
  ])
}

function readQuery(
  {
    name = '',
    stringMatch,
    presentMatch = true,
  }: NonNullable<RouteMatchJson['queryParameters']>[number],
  parts: RequestParts,
): Formula {
  const { formulas } = parts.vocabulary
  // No request has a parameter of such a name: it would end before.
  if (/[&=#]/.test(name))
    return stringMatch === undefined && !presentMatch ? formulas.not(never) : never
  const dimension = parts.query(name)
  const tail = parts.pathHeaderMatters ? [parts.hasTail()] : []
  const present = formulas.and([...tail, parts.present(dimension)])
  if (stringMatch !== undefined) {
    return formulas.and([...tail, parts.passes(dimension, readTextTest(stringMatch))])
  }
  return presentMatch ? present : formulas.not(present)
}

function readCookie(
  {
    name = '',
    stringMatch = {},
    invertMatch = false,
  }: NonNullable<RouteMatchJson['cookies']>[number],
  parts: RequestParts,
): Formula {
  // No request has a cookie of such a name: it would end before.
  const passed = /[=;]|^ /.test(name)
    ? never
    : parts.passes(parts.cookie(name), readTextTest(stringMatch))
  return invertMatch ? parts.vocabulary.formulas.not(passed) : passed
}
