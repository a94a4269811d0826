import type {
  CookieMatcherJson,
  HeaderMatcherJson,
  QueryParameterMatcherJson,
} from '@meshwright/route-matcher'
import { type Change, dropped, within } from './change.ts'
import { became, changedLiteral, changedRegex, changedStringMatch } from './change-text.ts'

/** A condition on a header dropped, inverted, or asking for another value. */
export function* changedHeader(
  header: HeaderMatcherJson,
): Generator<Change<HeaderMatcherJson | undefined>> {
  const what = `condition on header ${header.name}`
  yield dropped('dropped-condition', what)
  yield inverted(header, what)
  const { stringMatch, safeRegexMatch, rangeMatch } = header
  if (stringMatch !== undefined) {
    yield* within(header, 'stringMatch', changedStringMatch(stringMatch))
  }
  if (safeRegexMatch !== undefined) {
    yield* within(header, 'safeRegexMatch', changedRegex(safeRegexMatch))
  }
  for (const key of ['exactMatch', 'prefixMatch', 'suffixMatch', 'containsMatch'] as const) {
    const text = header[key]
    if (text !== undefined) yield* within(header, key, changedLiteral(text))
  }
  if (rangeMatch !== undefined) yield* within(header, 'rangeMatch', changedRange(rangeMatch))
}

/** A condition on a query parameter dropped, turned around, or asking for another value. */
export function* changedParameter(
  parameter: QueryParameterMatcherJson,
): Generator<Change<QueryParameterMatcherJson | undefined>> {
  const what = `condition on query parameter ${parameter.name}`
  yield dropped('dropped-condition', what)
  const { stringMatch, presentMatch = true } = parameter
  if (stringMatch !== undefined) {
    yield* within(parameter, 'stringMatch', changedStringMatch(stringMatch))
    return
  }
  yield {
    kind: 'inverted-condition',
    at: 'presentMatch',
    description: `${what} inverted`,
    value: { ...parameter, presentMatch: !presentMatch },
  }
}

/** A condition on a cookie dropped, inverted, or asking for another value. */
export function* changedCookie(
  cookie: CookieMatcherJson,
): Generator<Change<CookieMatcherJson | undefined>> {
  const what = `condition on cookie ${cookie.name}`
  yield dropped('dropped-condition', what)
  yield inverted(cookie, what)
  if (cookie.stringMatch !== undefined) {
    yield* within(cookie, 'stringMatch', changedStringMatch(cookie.stringMatch))
  }
}

function inverted<T extends { readonly invertMatch?: boolean }>(
  condition: T,
  what: string,
): Change<T> {
  return {
    kind: 'inverted-condition',
    at: 'invertMatch',
    description: `${what} inverted`,
    value: { ...condition, invertMatch: condition.invertMatch !== true },
  }
}

type Range = NonNullable<HeaderMatcherJson['rangeMatch']>

/** Each bound a step outward. */
function* changedRange(range: Range): Generator<Change<Range>> {
  for (const [key, by] of [
    ['start', -1n],
    ['end', 1n],
  ] as const) {
    const bound = range[key] ?? 0
    const value = String(BigInt(bound) + by)
    yield {
      kind: 'changed-range',
      at: key,
      description: `${key} of range: ${became(String(bound), value)}`,
      value: { ...range, [key]: value },
    }
  }
}
