import { compileUriTemplate, UriTemplateError } from '@meshwright/route-matcher'
import type { Language, Unknown } from './language.ts'
import { regularExpression } from './regular-expression.ts'

/**
 * Every path that fits a URI template of `path_match_policy`, as the matcher reads it. Unknown if it is no template.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/path/match/uri_template/v3/uri_template_match.proto
 */
export function uriTemplate(template: string): Language | Unknown {
  try {
    return regularExpression(compileUriTemplate(template).pattern)
  } catch (error) {
    if (error instanceof UriTemplateError) return { unknown: error.message }
    throw error
  }
}
