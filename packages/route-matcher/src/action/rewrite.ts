import type { PathRewriteAnswer } from '../answer/route-answer.ts'
import type { ExtensionJson, RegexRewriteJson } from '../config/config.ts'
import { type Findings, fault } from '../config/findings.ts'
import { canonicalRegexRewrite } from '../predicate/canonical-matchers.ts'
import type { PathPredicate } from '../predicate/path-predicate.ts'
import { withoutQuery } from '../request/subject.ts'
import { compileRegexRewrite } from './regex-rewrite.ts'
import { compileTemplateRewrite, templateOfRewrite } from './uri-template-rewrite.ts'

/** Fills in the `%…%` operators of a template. `omitEmptyValues`: what is missing is nothing and not a dash. */
export type FormatTemplate = (template: string, omitEmptyValues: boolean) => string

/** The new path of a request, or undefined if it stays. */
export type PathRewrite = (path: string, format: FormatTemplate) => string | undefined

/** The fields that a path is rewritten by; at most one is there. */
export interface PathRewriteFields {
  readonly prefixRewrite?: string
  readonly regexRewrite?: RegexRewriteJson
  readonly pathRewritePolicy?: ExtensionJson
  readonly pathRewrite?: string
}

/** Compiles how a path is rewritten; the query stays. What would come out empty leaves the path as it is. */
export function compilePathRewrite(
  fields: PathRewriteFields,
  matched: PathPredicate,
  path: string,
  findings: Findings,
): PathRewrite {
  checkRewrites(fields, matched, path, findings)
  const { prefixRewrite = '', regexRewrite, pathRewritePolicy, pathRewrite = '' } = fields
  if (prefixRewrite !== '') {
    return (text) => prefixRewrite + text.slice(matched.matchedLength(withoutQuery(text)))
  }
  if (regexRewrite !== undefined) {
    return keepingQuery(compileRegexRewrite(regexRewrite, `${path}.regexRewrite`, findings))
  }
  if (pathRewritePolicy !== undefined) {
    const at = `${path}.pathRewritePolicy`
    return keepingQuery(compileTemplateRewrite(pathRewritePolicy, matched, at, findings))
  }
  if (pathRewrite === '') return keepsPath
  return keepingQuery((_, format) => unlessBroken(format(pathRewrite, true)))
}

/** Rewrites nothing. */
export const keepsPath: PathRewrite = () => undefined

/** What a template came to; nothing if a space or a control character would end the request line or a header early. */
export function unlessBroken(text: string): string | undefined {
  return breaking.test(text) ? undefined : text
}

const breaking = /[\0-\x20\x7f]/

/** The path rewrite as data. */
export function describePathRewrite(
  fields: PathRewriteFields,
  matched: PathPredicate,
): PathRewriteAnswer | undefined {
  const { prefixRewrite = '', regexRewrite, pathRewritePolicy, pathRewrite = '' } = fields
  if (prefixRewrite !== '') {
    return replacesWhole.has(matched.kind)
      ? { kind: 'whole', by: prefixRewrite }
      : { kind: 'prefix', strip: matched.literal, by: prefixRewrite }
  }
  if (regexRewrite !== undefined) return { kind: 'regex', ...canonicalRegexRewrite(regexRewrite) }
  if (pathRewritePolicy !== undefined) {
    const template = matched.template ?? ''
    return { kind: 'uri-template', template, rewrite: templateOfRewrite(pathRewritePolicy) }
  }
  return pathRewrite === '' ? undefined : { kind: 'format', template: pathRewrite }
}

/** Where what matched is all of the path. */
const replacesWhole: ReadonlySet<PathPredicate['kind']> = new Set(['safe-regex', 'connect'])

const rewrites = ['prefixRewrite', 'regexRewrite', 'pathRewritePolicy', 'pathRewrite'] as const

function checkRewrites(
  fields: PathRewriteFields,
  matched: PathPredicate,
  path: string,
  findings: Findings,
): void {
  const given = rewrites.filter((name) => fields[name] !== undefined && fields[name] !== '')
  if (given.length > 1) {
    fault(findings, path, `expected one of ${rewrites.join(', ')}, got ${given.join(' and ')}`)
  }
  if (matched.kind === 'uri-template' && given.includes('prefixRewrite')) {
    const message = 'expected another rewrite beside pathMatchPolicy, got prefixRewrite'
    fault(findings, `${path}.prefixRewrite`, message)
  }
}

function keepingQuery(rewrite: PathRewrite): PathRewrite {
  return (text, format) => {
    const plain = withoutQuery(text)
    const changed = rewrite(plain, format)
    return changed === undefined || changed === '' ? undefined : changed + text.slice(plain.length)
  }
}
