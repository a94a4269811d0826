import type {
  CookieMatcherJson,
  FractionalPercentJson,
  HeaderMatcherJson,
  QueryParameterMatcherJson,
  RouteMatchJson,
  StringMatcherJson,
} from '@meshwright/route-matcher'
import fc from 'fast-check'
import { fractionPeriod } from '../draws/fraction-period.ts'
import { type Edit, removing, setting, settingHeader } from './draft.ts'
import { fittingText, missingText, shortText } from './fitting-text.ts'
import { metadataEdits } from './metadata-edits.ts'

/** How to make a request fit a condition, and how to make it just not fit. Both are likely, not sure. */
export interface ConditionEdits {
  readonly fit: fc.Arbitrary<Edit>
  readonly miss: fc.Arbitrary<Edit>
}

/** The edits for everything that a route asks for beyond its path. */
export function conditionEdits(match: RouteMatchJson): ConditionEdits[] {
  const { headers = [], queryParameters = [], cookies = [], runtimeFraction } = match
  return [
    ...headers.map(headerEdits),
    ...queryParameters.map(queryEdits),
    ...cookies.map(cookieEdits),
    ...(runtimeFraction === undefined ? [] : [fractionEdits(runtimeFraction.defaultValue ?? {})]),
    ...(match.grpc === undefined ? [] : [grpcEdits]),
    ...(match.tlsContext === undefined ? [] : [tlsEdits(match.tlsContext)]),
    ...metadataEdits(match),
  ]
}

function headerEdits(header: HeaderMatcherJson): ConditionEdits {
  const name = (header.name ?? '').toLowerCase()
  const set = (value: string) => settingHeader(name, value)
  const { rangeMatch, presentMatch, invertMatch = false } = header
  const matcher = headerText(header)
  if (matcher !== undefined) {
    const missing = fc.oneof(missingText(matcher).map(set), fc.constant(removing('headers', name)))
    return turned({ fit: fittingText(matcher).map(set), miss: missing }, invertMatch)
  }
  if (rangeMatch !== undefined) {
    const { start = 0, end = 0 } = rangeMatch
    const inside = fc.bigInt(least(start, end), BigInt(end))
    const outside = fc.constantFrom(BigInt(start) - 1n, BigInt(end))
    const number = (value: bigint) => set(String(value))
    return turned({ fit: inside.map(number), miss: outside.map(number) }, invertMatch)
  }
  const present = { fit: shortText.map((it) => set(`a${it}`)), miss: gone('headers', name) }
  return turned(present, (presentMatch ?? true) === invertMatch)
}

/** The end is not part of a range; an empty range is left to miss. */
function least(start: string | number, end: string | number): bigint {
  return BigInt(start) < BigInt(end) ? BigInt(start) : BigInt(end)
}

function headerText(header: HeaderMatcherJson): StringMatcherJson | undefined {
  const { exactMatch, prefixMatch, suffixMatch, containsMatch, safeRegexMatch } = header
  if (header.stringMatch !== undefined) return header.stringMatch
  if (exactMatch !== undefined) return { exact: exactMatch }
  if (prefixMatch !== undefined) return { prefix: prefixMatch }
  if (suffixMatch !== undefined) return { suffix: suffixMatch }
  if (containsMatch !== undefined) return { contains: containsMatch }
  return safeRegexMatch === undefined ? undefined : { safeRegex: safeRegexMatch }
}

function queryEdits({
  name = '',
  stringMatch,
  presentMatch,
}: QueryParameterMatcherJson): ConditionEdits {
  const set = (value: string) => setting('query', name, value)
  if (stringMatch === undefined) {
    const present = { fit: shortText.map(set), miss: gone('query', name) }
    return turned(present, presentMatch === false)
  }
  const miss = fc.oneof(missingText(stringMatch).map(set), fc.constant(removing('query', name)))
  return { fit: fittingText(stringMatch).map(set), miss }
}

function cookieEdits({
  name = '',
  stringMatch = {},
  invertMatch,
}: CookieMatcherJson): ConditionEdits {
  const set = (value: string) => setting('cookies', name, value)
  const miss = fc.oneof(missingText(stringMatch).map(set), fc.constant(removing('cookies', name)))
  return turned({ fit: fittingText(stringMatch).map(set), miss }, invertMatch === true)
}

function fractionEdits(fraction: FractionalPercentJson): ConditionEdits {
  const { numerator = 0 } = fraction
  const draw =
    (random: number): Edit =>
    (draft) => ({ ...draft, random })
  const period = fractionPeriod(fraction)
  const within = fc.integer({ min: 0, max: Math.max(numerator - 1, 0) })
  const beyond = fc.integer({ min: Math.min(numerator, period), max: period })
  return { fit: within.map(draw), miss: beyond.map(draw) }
}

const grpcEdits: ConditionEdits = {
  fit: fc
    .constantFrom('application/grpc', 'application/grpc+proto')
    .map((it) => settingHeader('content-type', it)),
  miss: fc
    .constantFrom('application/grpc-web', 'application/json')
    .map((it) => settingHeader('content-type', it)),
}

function tlsEdits({
  presented,
  validated,
}: NonNullable<RouteMatchJson['tlsContext']>): ConditionEdits {
  const tls =
    (flip: boolean): Edit =>
    (draft) => {
      const isPresented = (presented ?? true) !== flip
      // What was not presented cannot have been validated.
      const isValidated = isPresented && (validated ?? true) !== flip
      return { ...draft, tls: { presented: isPresented, validated: isValidated } }
    }
  return { fit: fc.constant(tls(false)), miss: fc.constant(tls(true)) }
}

function gone(part: 'headers' | 'query', name: string): fc.Arbitrary<Edit> {
  return fc.constant(removing(part, name))
}

function turned({ fit, miss }: ConditionEdits, inverted: boolean): ConditionEdits {
  return inverted ? { fit: miss, miss: fit } : { fit, miss }
}
