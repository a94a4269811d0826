import type { StringMatch } from '@meshwright/mesh-config'
import type { StringMatcherJson } from '@meshwright/xds-types/envoy/type/matcher/v3'

/** Envoy's matcher for a text; nothing if only presence is asked for. */
export function stringMatcher(match: StringMatch): StringMatcherJson | undefined {
  if (match.exact !== undefined) return { exact: match.exact }
  // An empty prefix, and the regular expression that is a lone star, mean "any value".
  if (match.prefix !== undefined) return match.prefix === '' ? undefined : { prefix: match.prefix }
  if (match.regex === undefined || match.regex === '*') return undefined
  return { safeRegex: { regex: match.regex } }
}
