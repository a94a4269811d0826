import type { RouteMatchJson } from '@meshwright/route-matcher'
import fc from 'fast-check'
import type { ConditionEdits } from './condition-edits.ts'
import { type Edit, removing, setting } from './draft.ts'
import { fittingText, missingText, shortText } from './fitting-text.ts'

/** The edits for conditions on dynamic metadata and filter state. */
export function metadataEdits({
  dynamicMetadata = [],
  filterState = [],
}: RouteMatchJson): ConditionEdits[] {
  return [
    ...dynamicMetadata.map(({ filter = '', path = [], value = {}, invert = false }) => {
      const keys = path.map(({ key = '' }) => key)
      const set =
        (found: unknown): Edit =>
        (draft) => ({
          ...draft,
          metadata: {
            ...draft.metadata,
            [filter]: keys.reduceRight((inner, key) => ({ [key]: inner }), found),
          },
        })
      const fit = fittingValue(value).map(set)
      const miss = fc.oneof(missingValue(value), fc.constant({})).map(set)
      return invert ? { fit: miss, miss: fit } : { fit, miss }
    }),
    ...filterState.map(({ key = '', stringMatch = {} }) => ({
      fit: fittingText(stringMatch).map((it) => setting('filterState', key, it)),
      miss: fc.oneof(
        missingText(stringMatch).map((it) => setting('filterState', key, it)),
        fc.constant(removing('filterState', key)),
      ),
    })),
  ]
}

type Value = NonNullable<NonNullable<RouteMatchJson['dynamicMetadata']>[number]['value']>

function fittingValue(value: Value): fc.Arbitrary<unknown> {
  const { stringMatch, boolMatch, presentMatch, nullMatch, doubleMatch, listMatch, orMatch } = value
  if (stringMatch !== undefined) return fittingText(stringMatch)
  if (boolMatch !== undefined) return fc.constant(boolMatch)
  if (nullMatch !== undefined) return fc.constant(null)
  if (doubleMatch !== undefined) {
    return fc.constant(doubleMatch.exact ?? doubleMatch.range?.start ?? 0)
  }
  if (listMatch?.oneOf !== undefined) return fittingValue(listMatch.oneOf).map((it) => [it])
  const [first] = orMatch?.valueMatchers ?? []
  if (first !== undefined) return fittingValue(first)
  return presentMatch === false ? fc.constant(undefined) : shortText
}

function missingValue({ stringMatch, boolMatch }: Value): fc.Arbitrary<unknown> {
  if (stringMatch !== undefined) return missingText(stringMatch)
  if (boolMatch !== undefined) return fc.constant(!boolMatch)
  return fc.constant(-1)
}
