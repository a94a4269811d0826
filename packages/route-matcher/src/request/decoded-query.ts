import type { Findings } from '../config/findings.ts'
import type { QueryParameterMatcherJson } from '../config/matcher-config.ts'
import { compileStringMatcher } from '../predicate/string-matcher.ts'
import { queryParameters } from './subject.ts'

/** The first value of every query parameter, names and values percent-decoded; what is no encoding stays as it is. */
export function decodedQuery(path: string): ReadonlyMap<string, string> {
  const decoded = new Map<string, string>()
  for (const [name, value] of queryParameters(path)) {
    const key = decode(name)
    if (!decoded.has(key)) decoded.set(key, decode(value))
  }
  return decoded
}

/** Compiles matchers that all must hold of a decoded query. */
export function compileQueryMatchers(
  matchers: readonly QueryParameterMatcherJson[],
  path: string,
  findings: Findings,
): (query: ReadonlyMap<string, string>) => boolean {
  const tests = matchers.map(({ name = '', stringMatch, presentMatch = true }, i) => {
    if (stringMatch === undefined) {
      return (query: ReadonlyMap<string, string>) => query.has(name) === presentMatch
    }
    const value = compileStringMatcher(stringMatch, `${path}[${i}].stringMatch`, findings)
    return (query: ReadonlyMap<string, string>) => {
      const text = query.get(name)
      return text !== undefined && value.test(text)
    }
  })
  return (query) => tests.every((test) => test(query))
}

function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      // Bytes that are no UTF-8 are left as they were sent.
      return encoded
    }
  })
}
