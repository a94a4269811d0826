import type { RegexRewriteJson, RouteActionJson } from './config.ts'
import { type Findings, fault } from './findings.ts'
import type { PathPredicate } from './path-predicate.ts'
import { compileRegexRewrite } from './regex-rewrite.ts'
import type { Request } from './request.ts'
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
