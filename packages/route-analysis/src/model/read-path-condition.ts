import type { RouteMatchJson } from '@meshwright/route-matcher'
import { exact, type Language, prefix, separatedPrefix } from '../language/language.ts'
import { uriTemplate } from '../language/uri-template.ts'
import type { Formula } from './formulas.ts'
import type { RequestParts } from './request-parts.ts'
import { regexTest } from './text-test.ts'

/** Reads the path specifier of a route. */
export function readPathCondition(
  match: RouteMatchJson,
  parts: RequestParts,
  ignoreParameters: boolean,
): Formula {
  const { safeRegex, pathMatchPolicy } = match
  if (safeRegex !== undefined) return parts.passes(parts.path, regexTest(safeRegex.regex ?? ''))
  if (pathMatchPolicy !== undefined) {
    return readTemplate(pathMatchPolicy.typedConfig, parts, ignoreParameters)
  }
  const literal = readLiteral(match)
  if (literal !== undefined) return parts.passes(parts.path, literal)
  return parts.passes(parts.method, { language: exact('CONNECT'), description: 'is "CONNECT"' })
}

function readLiteral(
  match: RouteMatchJson,
): { readonly language: Language; readonly description: string } | undefined {
  const options = { ignoreCase: match.caseSensitive === false }
  const anyCase = options.ignoreCase ? ' in any case' : ''
  const test = (language: Language, words: string, text: string) => ({
    language,
    description: `${words} ${JSON.stringify(text)}${anyCase}`,
  })
  const { path, pathSeparatedPrefix } = match
  if (match.prefix !== undefined) {
    return test(prefix(match.prefix, options), 'begins with', match.prefix)
  }
  if (path !== undefined) return test(exact(path, options), 'is', path)
  if (pathSeparatedPrefix === undefined) return undefined
  const language = separatedPrefix(pathSeparatedPrefix, options)
  return test(language, 'is or is below', pathSeparatedPrefix)
}

/** A template is asked about the path with its parameters, even where the others ignore them. */
function readTemplate(config: unknown, parts: RequestParts, ignoreParameters: boolean): Formula {
  const text = templateText(config)
  const description = `fits ${JSON.stringify(text)}`
  const plain = parts.passes(parts.path, { language: uriTemplate(text), description })
  if (!ignoreParameters) return plain
  const { formulas } = parts.vocabulary
  return formulas.or([
    formulas.and([formulas.not(parts.hasTail()), plain]),
    formulas.and([
      parts.hasTail(),
      formulas.unknown(`path ${description}, where path parameters are ignored`),
    ]),
  ])
}

function templateText(config: unknown): string {
  if (typeof config !== 'object' || config === null || !('pathTemplate' in config)) return ''
  return typeof config.pathTemplate === 'string' ? config.pathTemplate : ''
}
