import type { ExtensionJson, RouteMatchJson } from '../config/config.ts'
import { compileRegex, type Findings, fault } from '../config/findings.ts'
import { oneOf } from '../config/one-of.ts'
import { readTypedConfig, typeName } from '../config/typed-config.ts'
import { literalPrefix } from '../regex/literal-prefix.ts'
import type { LiteralRun } from '../regex/literal-run.ts'
import { type Subject, withoutQuery } from '../request/subject.ts'
import { UriTemplateError } from './parse-uri-template.ts'
import type { Predicate } from './predicate.ts'
import { asciiLowerCase } from './string-matcher.ts'
import { compileUriTemplate, type UriTemplate } from './uri-template.ts'

/** The one predicate on the path that every route has. */
export interface PathPredicate extends Predicate {
  readonly kind:
    | 'prefix'
    | 'path'
    | 'path-separated-prefix'
    | 'safe-regex'
    | 'uri-template'
    | 'connect'
  /** What the path begins with, or is, in lower case if case does not count; what an index can be built on. */
  readonly literal: string
  readonly caseSensitive: boolean
  /** Set if, after {@link literal}, all is a run of characters up to the end of the path. */
  readonly run?: LiteralRun | undefined
  /** How many characters of the path a prefix rewrite replaces. */
  matchedLength(path: string): number
  /** Of a URI template: what its variables stand for in a path (without query), or undefined where it does not fit. */
  captures?(path: string): ReadonlyMap<string, string> | undefined
  /** Of a URI template: itself, and the names of its variables. */
  readonly template?: string
  readonly variables?: readonly string[]
}

/** Compiles the path specifier of a route; exactly one must be there. */
export function compilePath(
  match: RouteMatchJson,
  path: string,
  findings: Findings,
): PathPredicate {
  oneOf(match, specifiers, path, findings)
  const caseSensitive = match.caseSensitive !== false
  if (match.prefix !== undefined) return prefixPredicate(match.prefix, caseSensitive)
  if (match.path !== undefined) return exactPredicate(match.path, caseSensitive)
  if (match.pathSeparatedPrefix !== undefined) {
    if (!/^[^?#]+[^?#/]$/.test(match.pathSeparatedPrefix)) {
      fault(
        findings,
        `${path}.pathSeparatedPrefix`,
        `expected at least two characters without ? and # and no / at the end, got ${JSON.stringify(match.pathSeparatedPrefix)}`,
      )
    }
    return separatedPredicate(match.pathSeparatedPrefix, caseSensitive)
  }
  if (match.safeRegex !== undefined) return regexPredicate(match, path, findings)
  if (match.pathMatchPolicy !== undefined) return templatePredicate(match, path, findings)
  return connectPredicate
}

const specifiers = [
  'prefix',
  'path',
  'safeRegex',
  'pathSeparatedPrefix',
  'pathMatchPolicy',
  'connectMatcher',
] as const

const sawPath = { saw: (subject: Subject): string => JSON.stringify(subject.path) }

function prefixPredicate(prefix: string, caseSensitive: boolean): PathPredicate {
  const literal = caseSensitive ? prefix : asciiLowerCase(prefix)
  return {
    ...sawPath,
    kind: 'prefix',
    literal,
    caseSensitive,
    description: `path prefix ${JSON.stringify(prefix)}`,
    test: (subject) => pathOf(subject, caseSensitive).startsWith(literal) && hasPath(subject),
    matchedLength: () => prefix.length,
  }
}

function exactPredicate(path: string, caseSensitive: boolean): PathPredicate {
  const literal = caseSensitive ? path : asciiLowerCase(path)
  return {
    ...sawPath,
    kind: 'path',
    literal,
    caseSensitive,
    description: `path exact ${JSON.stringify(path)}`,
    test: (subject) => pathOf(subject, caseSensitive) === literal && hasPath(subject),
    matchedLength: () => path.length,
  }
}

function separatedPredicate(prefix: string, caseSensitive: boolean): PathPredicate {
  const literal = caseSensitive ? prefix : asciiLowerCase(prefix)
  return {
    ...sawPath,
    kind: 'path-separated-prefix',
    literal,
    caseSensitive,
    description: `path segments ${JSON.stringify(prefix)}`,
    test: (subject) => {
      const path = pathOf(subject, caseSensitive)
      if (!path.startsWith(literal)) return false
      return path.length === literal.length || path[literal.length] === '/'
    },
    matchedLength: () => prefix.length,
  }
}

function regexPredicate(match: RouteMatchJson, path: string, findings: Findings): PathPredicate {
  const regex = compileRegex(match.safeRegex, `${path}.safeRegex`, findings)
  const literal = literalPrefix(match.safeRegex?.regex ?? '')
  return {
    ...sawPath,
    kind: 'safe-regex',
    literal,
    caseSensitive: true,
    description: `path ~ ${JSON.stringify(match.safeRegex?.regex)}`,
    test: (subject) => hasPath(subject) && regex.matches(subject.path),
    run: regex.run?.literal === literal ? regex.run : undefined,
    matchedLength: (text) => text.length,
  }
}

const uriTemplateType = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'

/** `case_sensitive` and ignored path parameters do not concern templates, as in Envoy. */
function templatePredicate(
  { pathMatchPolicy }: RouteMatchJson,
  path: string,
  findings: Findings,
): PathPredicate {
  const at = `${path}.pathMatchPolicy.typedConfig`
  const given = uriTemplateOf(pathMatchPolicy)
  if (given === undefined) {
    const got = typeName(pathMatchPolicy?.typedConfig)
    fault(findings, at, `expected a ${uriTemplateType}, got ${got}`)
  }
  const text = given ?? '/'
  const template = uriTemplate(text, `${at}.pathTemplate`, findings)
  return {
    saw: ({ request }) => JSON.stringify(withoutQuery(request.path)),
    kind: 'uri-template',
    // Where path parameters are ignored, the path of the index ends at a semicolon.
    literal: template.literal.split(';', 1)[0] ?? '',
    caseSensitive: true,
    description: `path template ${JSON.stringify(text)}`,
    test: ({ request }) => template.matches(withoutQuery(request.path)),
    matchedLength: (whole) => whole.length,
    captures: template.captures,
    template: text,
    variables: template.variables,
  }
}

/** The template of a path match policy; undefined if it is another policy. */
export function uriTemplateOf(policy: ExtensionJson | undefined): string | undefined {
  const typed = readTypedConfig(policy?.typedConfig)
  if (typed?.type !== uriTemplateType) return undefined
  const { pathTemplate } = typed.fields
  return typeof pathTemplate === 'string' ? pathTemplate : ''
}

function uriTemplate(text: string, path: string, findings: Findings): UriTemplate {
  try {
    return compileUriTemplate(text)
  } catch (error) {
    if (!(error instanceof UriTemplateError)) throw error
    fault(findings, path, `expected ${error.expected}, got ${JSON.stringify(error.found)}`)
    return compileUriTemplate('/')
  }
}

const connectPredicate: PathPredicate = {
  kind: 'connect',
  literal: '',
  caseSensitive: true,
  description: 'method CONNECT',
  test: (subject) => subject.request.method === 'CONNECT',
  saw: (subject) => JSON.stringify(subject.request.method),
  matchedLength: (text) => text.length,
}

function pathOf(subject: Subject, caseSensitive: boolean): string {
  return caseSensitive ? subject.path : subject.lowerPath
}

/** A CONNECT without a path takes CONNECT routes only, whatever the prefix. */
function hasPath(subject: Subject): boolean {
  return subject.request.path !== ''
}
