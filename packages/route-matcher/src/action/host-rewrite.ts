import type { HostRewriteAnswer } from '../answer/route-answer.ts'
import type { RouteActionJson } from '../config/config.ts'
import type { Findings } from '../config/findings.ts'
import { atMostOne } from '../config/one-of.ts'
import { canonicalRegexRewrite } from '../predicate/canonical-matchers.ts'
import type { Request } from '../request/request.ts'
import { headerValues, withoutQuery } from '../request/subject.ts'
import { applyHeaderMutations, type HeaderMutations } from './header-mutations.ts'
import { compileRegexRewrite } from './regex-rewrite.ts'
import { type FormatTemplate, unlessBroken } from './rewrite.ts'

/** The new authority of a request, or undefined if it stays. */
export type HostRewrite = (
  request: Request,
  mutations: readonly HeaderMutations[],
  format: FormatTemplate,
) => string | undefined

/** Compiles how the route changes the authority; what would come out empty leaves it as it is. */
export function compileHostRewrite(
  action: RouteActionJson,
  path: string,
  findings: Findings,
): HostRewrite {
  atMostOne(action, hostRewrites, path, findings)
  const { hostRewriteLiteral = '', hostRewriteHeader, hostRewritePathRegex } = action
  if (hostRewriteLiteral !== '') return () => hostRewriteLiteral
  if (hostRewriteHeader !== undefined) {
    const name = hostRewriteHeader.toLowerCase()
    return (request, mutations, format) => mutatedHeader(request, name, mutations, format)
  }
  const { hostRewrite = '' } = action
  if (hostRewrite !== '') {
    return (_request, _mutations, format) => unlessBroken(format(hostRewrite, false))
  }
  if (hostRewritePathRegex === undefined) return keepsHost
  const at = `${path}.hostRewritePathRegex`
  const rewrite = compileRegexRewrite(hostRewritePathRegex, at, findings)
  return (request) => rewrite(withoutQuery(request.path))
}

/** Rewrites nothing. */
export const keepsHost: HostRewrite = () => undefined

/** The host rewrite as data; that of a weighted cluster counts where the route's leaves the authority. */
export function describeHostRewrite(
  action: RouteActionJson,
  weightLiteral = '',
): HostRewriteAnswer | undefined {
  const { hostRewriteLiteral = '', hostRewriteHeader, hostRewritePathRegex } = action
  const { hostRewrite = '' } = action
  const before = weightLiteral === '' ? {} : { literal: weightLiteral }
  if (action.autoHostRewrite === true) return { kind: 'auto', ...before }
  if (hostRewriteLiteral !== '') return { kind: 'literal', value: hostRewriteLiteral, ...before }
  if (hostRewriteHeader !== undefined) {
    return { kind: 'header', name: hostRewriteHeader.toLowerCase(), ...before }
  }
  if (hostRewritePathRegex !== undefined) {
    return { kind: 'path-regex', ...canonicalRegexRewrite(hostRewritePathRegex), ...before }
  }
  if (hostRewrite !== '') return { kind: 'format', template: hostRewrite, ...before }
  return weightLiteral === '' ? undefined : { kind: 'cluster-literal', value: weightLiteral }
}

const hostRewrites = [
  'hostRewriteLiteral',
  'autoHostRewrite',
  'hostRewriteHeader',
  'hostRewritePathRegex',
  'hostRewrite',
] as const

/** The first value that a header has once the mutations of its route are done. */
function mutatedHeader(
  request: Request,
  name: string,
  levels: readonly HeaderMutations[],
  format: FormatTemplate,
): string | undefined {
  const before = headerValues(request, name)
  const touching = levels.flatMap(({ remove, add }) => {
    const own = {
      remove: remove.filter((it) => it === name),
      add: add.filter((it) => it.name === name),
    }
    return own.remove.length + own.add.length === 0 ? [] : [own]
  })
  if (touching.length === 0) return before[0]
  let values = [...before]
  applyHeaderMutations(
    touching,
    {
      has: () => values.length > 0,
      set: (_, value) => {
        values = [value]
      },
      append: (_, value) => values.push(value),
      remove: () => {
        values = []
      },
    },
    (template) => format(template, true),
  )
  return values[0]
}
