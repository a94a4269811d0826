import { checkFields } from '../config/check-fields.ts'
import type { ExtensionJson } from '../config/config.ts'
import { type Findings, fault } from '../config/findings.ts'
import { readTypedConfig, typeName } from '../config/typed-config.ts'
import type { PathPredicate } from '../predicate/path-predicate.ts'

/** Compiles `path_rewrite_policy`: a URI template whose variables are those of the route's `path_match_policy`. */
export function compileTemplateRewrite(
  policy: ExtensionJson,
  matched: PathPredicate,
  path: string,
  findings: Findings,
): (plainPath: string) => string | undefined {
  const at = `${path}.typedConfig`
  const typed = readTypedConfig(policy.typedConfig)
  if (typed?.type !== rewriteType) {
    fault(findings, at, `expected a ${rewriteType}, got ${typeName(policy.typedConfig)}`)
    return () => undefined
  }
  checkFields(typed.fields, 'UriTemplateRewriteConfig', at, findings)
  const { variables } = matched
  if (variables === undefined) {
    fault(findings, path, 'expected a match by pathMatchPolicy beside it, got another')
    return () => undefined
  }
  const template = templateOfRewrite(policy)
  const reason = templateFault(template, variables)
  if (reason !== undefined) fault(findings, `${at}.pathTemplateRewrite`, reason)
  return (plain) => {
    const values = matched.captures?.(plain)
    if (values === undefined) return undefined
    return template.replace(variable, (_, name: string) => values.get(name) ?? '')
  }
}

/** The template of a `path_rewrite_policy`. */
export function templateOfRewrite(policy: ExtensionJson): string {
  const { pathTemplateRewrite } = readTypedConfig(policy.typedConfig)?.fields ?? {}
  return typeof pathTemplateRewrite === 'string' ? pathTemplateRewrite : ''
}

const rewriteType = 'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig'
const variable = /\{([^{}]*)\}/g

/** A path of the characters that URI templates are made of, its variables among those of the match. */
function templateFault(template: string, variables: readonly string[]): string | undefined {
  if (!/^\/([\w\-.~%!$&'()+,;:@=/]|\{[^{}]*\})*$/.test(template) || template.includes('//')) {
    return `expected a path with variables in braces and no //, got ${JSON.stringify(template)}`
  }
  for (const [, name = ''] of template.matchAll(variable)) {
    if (variables.includes(name)) continue
    const known = variables.length === 0 ? 'no variable' : variables.join(' or ')
    return `expected ${known}, got ${JSON.stringify(name)}`
  }
  return undefined
}
