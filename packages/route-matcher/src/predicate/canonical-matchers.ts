import type { HeaderMatcherJson, RegexRewriteJson, StringMatcherJson } from '../config/config.ts'
import type { QueryParameterMatcherJson } from '../config/matcher-config.ts'
import { withoutUndefined } from '../config/without-undefined.ts'

/** A string matcher in the one form that equal ones share. */
export function canonicalStringMatcher(matcher: StringMatcherJson): StringMatcherJson {
  const { exact, prefix, suffix, contains, safeRegex, custom, ignoreCase } = matcher
  if (safeRegex !== undefined) return { safeRegex: { regex: safeRegex.regex ?? '' } }
  const given = withoutUndefined({ exact, prefix, suffix, contains, custom })
  return ignoreCase === true ? { ...given, ignoreCase } : given
}

/** A header matcher in the one form that equal ones share: the older fields as `stringMatch`, the name in lower case. */
export function canonicalHeaderMatcher(matcher: HeaderMatcherJson): HeaderMatcherJson {
  const { rangeMatch } = matcher
  const stringMatch = stringMatchOf(matcher)
  return withoutUndefined({
    name: (matcher.name ?? '').toLowerCase(),
    stringMatch: stringMatch === undefined ? undefined : canonicalStringMatcher(stringMatch),
    rangeMatch:
      stringMatch === undefined && rangeMatch !== undefined
        ? { start: String(rangeMatch.start ?? 0), end: String(rangeMatch.end ?? 0) }
        : undefined,
    presentMatch:
      stringMatch === undefined && rangeMatch === undefined
        ? (matcher.presentMatch ?? true)
        : undefined,
    invertMatch: matcher.invertMatch === true ? true : undefined,
    treatMissingHeaderAsEmpty: matcher.treatMissingHeaderAsEmpty === true ? true : undefined,
  })
}

/** The test of a value that a header matcher makes, if it makes one; an older exact match of nothing fits everything. */
function stringMatchOf(matcher: HeaderMatcherJson): StringMatcherJson | undefined {
  const { exactMatch, prefixMatch, suffixMatch, containsMatch, safeRegexMatch } = matcher
  if (matcher.stringMatch !== undefined) return matcher.stringMatch
  if (safeRegexMatch !== undefined) return { safeRegex: safeRegexMatch }
  if (matcher.rangeMatch !== undefined) return undefined
  if (exactMatch !== undefined) return exactMatch === '' ? { prefix: '' } : { exact: exactMatch }
  if (prefixMatch !== undefined) return { prefix: prefixMatch }
  if (suffixMatch !== undefined) return { suffix: suffixMatch }
  return containsMatch === undefined ? undefined : { contains: containsMatch }
}

/** A query parameter matcher in the one form that equal ones share. */
export function canonicalQueryMatcher(
  matcher: QueryParameterMatcherJson,
): QueryParameterMatcherJson {
  const { name = '', stringMatch, presentMatch = true } = matcher
  return stringMatch === undefined
    ? { name, presentMatch }
    : { name, stringMatch: canonicalStringMatcher(stringMatch) }
}

/** Pattern and substitution of a regex rewrite. */
export function canonicalRegexRewrite(rewrite: RegexRewriteJson): {
  readonly pattern: string
  readonly substitution: string
} {
  return { pattern: rewrite.pattern?.regex ?? '', substitution: rewrite.substitution ?? '' }
}
