import type { RouteMatchJson } from '@meshwright/route-matcher'
import fc from 'fast-check'
import type { ConditionEdits } from './condition-edits.ts'
import type { Edit } from './draft.ts'
import { closeTo, fittingPattern, shortText } from './fitting-text.ts'

/** The edits for the path of a route. */
export function pathEdits(match: RouteMatchJson): ConditionEdits {
  if (match.connectMatcher !== undefined) {
    return { fit: fc.constant(method('CONNECT')), miss: fc.constant(method('GET')) }
  }
  const literal = match.path ?? match.prefix ?? match.pathSeparatedPrefix
  const miss = fc.oneof(closeTo(literal ?? '/'), fc.constantFrom('*', '/')).map(path)
  if (literal === undefined) {
    const pattern = match.safeRegex?.regex ?? uriPattern(match)
    return { fit: fittingPattern(pattern).map(path), miss }
  }
  const fit = fc.tuple(fc.constant(literal), continuation(match), fc.boolean())
  return {
    fit: fit.map(([text, rest, upper]) =>
      path(
        match.caseSensitive === false && upper ? `${text}${rest}`.toUpperCase() : `${text}${rest}`,
      ),
    ),
    miss,
  }
}

/** The edits for the domains of a virtual host. */
export function hostEdits(domains: readonly string[]): ConditionEdits {
  const named = domains.map((domain) => {
    const star = domain.indexOf('*')
    if (star === -1) return fc.constant(domain)
    const rest = domain.replace('*', '')
    return hostPart.map((part) => (star === 0 ? `${part}${rest}` : `${rest}${part}`))
  })
  const other = domains.flatMap((domain) => [`x${domain.replaceAll('*', '')}`, 'nowhere.invalid'])
  return {
    fit: (named.length === 0 ? hostPart : fc.oneof(...named)).map(host),
    miss: fc.constantFrom('nowhere.invalid', ...other).map(host),
  }
}

const hostPart = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 })

function continuation({ prefix, pathSeparatedPrefix }: RouteMatchJson): fc.Arbitrary<string> {
  if (prefix !== undefined)
    return fc.oneof(
      fc.constant(''),
      shortText,
      shortText.map((it) => `/${it}`),
    )
  if (pathSeparatedPrefix === undefined) return fc.constant('')
  return fc.oneof(
    fc.constant(''),
    shortText.map((it) => `/${it}`),
  )
}

/** A URI template as a pattern that is close enough; the matcher decides. */
function uriPattern({ pathMatchPolicy }: RouteMatchJson): string {
  const { typedConfig } = pathMatchPolicy ?? {}
  const template = readTemplate(typedConfig)
  return template.replace(/\{[^{}]*\}|\*\*?/g, 'a').replace(/[.+?()|^$[\]\\]/g, '\\$&')
}

function readTemplate(config: unknown): string {
  if (typeof config !== 'object' || config === null || !('pathTemplate' in config)) return '/'
  return typeof config.pathTemplate === 'string' ? config.pathTemplate : '/'
}

function path(value: string): Edit {
  return (draft) => ({ ...draft, path: value })
}

function method(value: string): Edit {
  return (draft) => ({ ...draft, method: value })
}

function host(authority: string): Edit {
  return (draft) => ({ ...draft, authority })
}
