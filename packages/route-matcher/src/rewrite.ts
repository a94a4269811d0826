import { canonicalRegexRewrite } from './canonical-matchers.ts'
import type { RegexRewriteJson, RouteActionJson } from './config.ts'
import { type Findings, fault } from './findings.ts'
import type { PathPredicate } from './path-predicate.ts'
import { compileRegexRewrite } from './regex-rewrite.ts'
import type { Request } from './request.ts'
import type { HostRewriteAnswer, PathRewriteAnswer } from './route-answer.ts'
import { headerOf, withoutQuery } from './subject.ts'

/** The new path of a request, or undefined if it stays. */
export type PathRewrite = (path: string) => string | undefined

/** The new authority of a request, or undefined if it stays. */
export type HostRewrite = (request: Request) => string | undefined

/** Compiles `prefix_rewrite` or `regex_rewrite`; what follows the matched part, and the query, stay. */
export function compilePathRewrite(
  action: { readonly prefixRewrite?: string; readonly regexRewrite?: RegexRewriteJson },
  matched: PathPredicate,
  path: string,
  findings: Findings,
): PathRewrite {
  const { prefixRewrite = '', regexRewrite } = action
  if (prefixRewrite !== '' && regexRewrite !== undefined) {
    fault(findings, path, 'expected prefixRewrite or regexRewrite, got both')
  }
  if (prefixRewrite !== '') {
    return (text) => prefixRewrite + text.slice(matched.matchedLength(withoutQuery(text)))
  }
  if (regexRewrite === undefined) return () => undefined
  const rewrite = compileRegexRewrite(regexRewrite, `${path}.regexRewrite`, findings)
  return (text) => {
    const plain = withoutQuery(text)
    return rewrite(plain) + text.slice(plain.length)
  }
}

/** The path rewrite as data. */
export function describePathRewrite(
  action: { readonly prefixRewrite?: string; readonly regexRewrite?: RegexRewriteJson },
  matched: PathPredicate,
): PathRewriteAnswer | undefined {
  const { prefixRewrite = '', regexRewrite } = action
  if (prefixRewrite !== '') {
    return replacesWhole.has(matched.kind)
      ? { kind: 'whole', by: prefixRewrite }
      : { kind: 'prefix', strip: matched.literal, by: prefixRewrite }
  }
  return regexRewrite === undefined
    ? undefined
    : { kind: 'regex', ...canonicalRegexRewrite(regexRewrite) }
}

/** Where what matched is all of the path. */
const replacesWhole: ReadonlySet<PathPredicate['kind']> = new Set(['safe-regex', 'connect'])

/** The host rewrite as data; that of a weighted cluster counts where the route's leaves the authority. */
export function describeHostRewrite(
  action: RouteActionJson,
  weightLiteral = '',
): HostRewriteAnswer | undefined {
  const { hostRewriteLiteral = '', hostRewriteHeader, hostRewritePathRegex } = action
  if (action.autoHostRewrite === true) return { kind: 'auto' }
  if (hostRewriteLiteral !== '') return { kind: 'literal', value: hostRewriteLiteral }
  if (hostRewriteHeader !== undefined) {
    const name = hostRewriteHeader.toLowerCase()
    return { kind: 'header', name, ...(weightLiteral === '' ? {} : { literal: weightLiteral }) }
  }
  if (hostRewritePathRegex !== undefined) {
    return { kind: 'path-regex', ...canonicalRegexRewrite(hostRewritePathRegex) }
  }
  return weightLiteral === '' ? undefined : { kind: 'literal', value: weightLiteral }
}

/** Compiles how the route changes the authority. */
export function compileHostRewrite(
  action: RouteActionJson,
  path: string,
  findings: Findings,
): HostRewrite {
  const given = hostRewrites.filter((name) => action[name] !== undefined)
  if (given.length > 1) {
    fault(findings, path, `expected one of ${hostRewrites.join(', ')}, got ${given.join(' and ')}`)
  }
  const { hostRewriteLiteral, hostRewriteHeader, hostRewritePathRegex } = action
  if (hostRewriteLiteral !== undefined && hostRewriteLiteral !== '') return () => hostRewriteLiteral
  if (hostRewriteHeader !== undefined) {
    const name = hostRewriteHeader.toLowerCase()
    return (request) => headerOf(request, name) || undefined
  }
  if (hostRewritePathRegex === undefined) return () => undefined
  const at = `${path}.hostRewritePathRegex`
  const rewrite = compileRegexRewrite(hostRewritePathRegex, at, findings)
  return (request) => rewrite(withoutQuery(request.path))
}

const hostRewrites = [
  'hostRewriteLiteral',
  'autoHostRewrite',
  'hostRewriteHeader',
  'hostRewritePathRegex',
] as const
