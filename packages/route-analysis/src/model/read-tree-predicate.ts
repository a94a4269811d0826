import type { MatcherPredicateJson, ValueMatcherJson } from '@meshwright/route-matcher'
import { type Formula, never } from './formulas.ts'
import { readMetadata } from './read-state-conditions.ts'
import { readTreeInput } from './read-tree-input.ts'
import type { RequestParts } from './request-parts.ts'
import { readTextTest } from './text-test.ts'
import { typedConfig } from './typed-config.ts'

/** Reads a predicate of a matcher list. */
export function readTreePredicate(
  predicate: MatcherPredicateJson,
  parts: RequestParts,
  ignoreParameters: boolean,
): Formula {
  const { formulas } = parts.vocabulary
  const { singlePredicate, orMatcher, andMatcher, notMatcher } = predicate
  const read = (inner: MatcherPredicateJson): Formula =>
    readTreePredicate(inner, parts, ignoreParameters)
  if (orMatcher !== undefined) return formulas.or((orMatcher.predicate ?? []).map(read))
  if (andMatcher !== undefined) return formulas.and((andMatcher.predicate ?? []).map(read))
  if (notMatcher !== undefined) return formulas.not(read(notMatcher))
  return singlePredicate === undefined ? never : single(singlePredicate, parts, ignoreParameters)
}

function single(
  { input, valueMatch, customMatch }: NonNullable<MatcherPredicateJson['singlePredicate']>,
  parts: RequestParts,
  ignoreParameters: boolean,
): Formula {
  const read = readTreeInput(input, parts, ignoreParameters)
  if (valueMatch !== undefined) return read.passes(readTextTest(valueMatch))
  const { type, fields } = typedConfig(customMatch?.typedConfig)
  if (read.metadata !== undefined && type.endsWith('.metadata.v3.Metadata')) {
    const { value = {}, invert = false } = fields as {
      readonly value?: ValueMatcherJson
      readonly invert?: boolean
    }
    return readMetadata({ ...read.metadata, value, invert }, parts)
  }
  const words = type.endsWith('.ip.v3.Ip') ? 'is an address in a range' : `fits ${type}`
  return read.unknown(words, JSON.stringify(customMatch))
}
