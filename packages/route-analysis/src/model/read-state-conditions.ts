import type {
  FilterStateMatcherJson,
  MetadataMatcherJson,
  RouteMatchJson,
  ValueMatcherJson,
} from '@meshwright/route-matcher'
import { type Formula, never } from './formulas.ts'
import type { RequestParts } from './request-parts.ts'
import { readTextTest } from './text-test.ts'

/** Reads `tls_context`. */
export function readTls(
  { presented, validated }: NonNullable<RouteMatchJson['tlsContext']>,
  parts: RequestParts,
): Formula {
  const { formulas } = parts.vocabulary
  const asked = (member: 'presented' | 'validated', wanted: boolean | undefined): Formula[] => {
    if (wanted === undefined) return []
    const given = parts.tlsFlag(member)
    return [wanted ? given : formulas.not(given)]
  }
  return formulas.and([...asked('presented', presented), ...asked('validated', validated)])
}

/** Reads `envoy.type.matcher.v3.MetadataMatcher`. */
export function readMetadata(
  { filter = '', path = [], value = {}, invert = false }: MetadataMatcherJson,
  parts: RequestParts,
): Formula {
  const keys = path.map(({ key = '' }) => key)
  const place = JSON.stringify([filter, ...keys])
  if (parts.entangled.metadata.has(place)) {
    const reason = `metadata ${[filter, ...keys].join(' ')}, beside what is a part of it or it is a part of`
    const passed = parts.vocabulary.formulas.unknown(reason, `${place} ${JSON.stringify(value)}`)
    return invert ? parts.vocabulary.formulas.not(passed) : passed
  }
  const dimension = parts.metadata(filter, keys)
  const passed = readValue(value, dimension, parts)
  return invert ? parts.vocabulary.formulas.not(passed) : passed
}

function readValue(matcher: ValueMatcherJson, dimension: number, parts: RequestParts): Formula {
  const { vocabulary } = parts
  const { stringMatch, boolMatch, doubleMatch, orMatch } = matcher
  const test = (
    description: string,
    accepts: (value: unknown) => boolean,
    numbers: readonly number[] = [],
  ): Formula => vocabulary.accepted(dimension, description, { description, accepts, numbers })
  if (stringMatch !== undefined) return parts.passes(dimension, readTextTest(stringMatch))
  if (matcher.nullMatch !== undefined) return test('is null', (value) => value === null)
  if (boolMatch !== undefined) return test(`is ${boolMatch}`, (value) => value === boolMatch)
  if (matcher.presentMatch !== undefined) {
    // `present_match: false` fits nothing, as in Envoy.
    return matcher.presentMatch ? test('is present', (value) => value !== undefined) : never
  }
  if (doubleMatch?.exact !== undefined) {
    const wanted = doubleMatch.exact
    return test(`is ${wanted}`, (value) => value === wanted, [wanted])
  }
  if (doubleMatch !== undefined) {
    const { start = 0, end = 0 } = doubleMatch.range ?? {}
    const within = (value: unknown) => typeof value === 'number' && value >= start && value < end
    return test(`is in [${start}, ${end})`, within, [start, end])
  }
  if (orMatch !== undefined) {
    const of = orMatch.valueMatchers ?? []
    return vocabulary.formulas.or(of.map((it) => readValue(it, dimension, parts)))
  }
  const present = test('is present', (value) => value !== undefined)
  const { name } = vocabulary.at(dimension)
  const reason = `${name} is a list`
  const list = vocabulary.formulas.unknown(reason, `${reason} ${JSON.stringify(matcher)}`)
  return vocabulary.formulas.and([present, list])
}

/** Reads `envoy.type.matcher.v3.FilterStateMatcher`. An object that is not there fits nothing. */
export function readFilterState(
  { key = '', stringMatch, addressMatch }: FilterStateMatcherJson,
  parts: RequestParts,
): Formula {
  const dimension = parts.filterState(key)
  if (stringMatch !== undefined) return parts.passes(dimension, readTextTest(stringMatch))
  const { formulas } = parts.vocabulary
  const reason = `filter state ${key} is an address in a range`
  const inRange = formulas.unknown(reason, `${reason} ${JSON.stringify(addressMatch)}`)
  return formulas.and([parts.present(dimension), inRange])
}
