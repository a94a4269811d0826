import { compileRoutes, type RouteConfigurationJson } from '@meshwright/route-matcher'
import { camelCaseRoutes } from '../camel-case-routes.ts'
import { MeshTestError } from '../errors.ts'
import { field, isObject, type JsonObject, textField } from '../json.ts'
import type { HeaderMap } from './header-map.ts'
import type { HeaderMatch } from './router-test.ts'

/** Whether the headers are as a matcher says. */
export type HeaderPredicate = (headers: HeaderMap) => boolean

/**
 * Compiles header matchers by the engine that routes use: each becomes the one virtual cluster of a virtual host.
 *
 * @throws {MeshTestError} for matchers that it does not take.
 */
export function compileHeaderMatches(matches: readonly HeaderMatch[]): readonly HeaderPredicate[] {
  const table = compiled(
    camelCaseRoutes({
      virtualHosts: matches.map((match, index) => ({
        name: `header matcher ${index}`,
        domains: [`matcher-${index}`],
        routes: [{ match: { prefix: '/' }, nonForwardingAction: {} }],
        virtualClusters: [{ name: 'taken', headers: [match] }],
      })),
    }),
  )
  return matches.map((_, index) => {
    const host = table.match({ ...anyRequest, authority: `matcher-${index}` })?.virtualHost
    return (headers) => host?.virtualCluster(headers.asRequest()) === 'taken'
  })
}

const anyRequest = { path: '/', method: 'GET', scheme: 'http', header: () => undefined } as const

function compiled(configuration: RouteConfigurationJson): ReturnType<typeof compileRoutes> {
  try {
    return compileRoutes(configuration)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MeshTestError(`a header matcher: ${reason}`, {
      code: 'ERR_MESH_TEST_SUITE',
      cause: error,
    })
  }
}

/** What is told of headers that are not as a matcher says. */
export interface HeaderMismatch {
  /** `string_match.exact`, `present_match`, … */
  readonly kind: string
  readonly expected: string
  readonly actual: string
  /** The whole line, as Envoy's tool words it, save for the kind. */
  readonly line: string
}

/** Describes why `match` does not take `headers`. */
export function headerMismatch(match: HeaderMatch, headers: HeaderMap): HeaderMismatch {
  const name = textField(match, 'name')
  const inverted = field(match, 'invertMatch') === true
  const kind = kindOf(match)
  const [first = 'NULL'] = headers.values(name.toLowerCase())
  const actual = `${name}: ${first}`
  if (kind === 'present_match') {
    const expected = `has(${name}):${!inverted}`
    const found = `has(${name}):${inverted}`
    return { kind, expected, actual: found, line: `expected: [${expected}], actual: [${found}]` }
  }
  if (kind === 'string_match.exact') {
    const expected = `${name}: ${textField(field(match, 'stringMatch'), 'exact')}`
    const not = inverted ? 'NOT ' : ''
    return {
      kind,
      expected: `${not}${expected}`,
      actual,
      line: `expected: [${expected}], actual: ${not}[${actual}]`,
    }
  }
  const condition = JSON.stringify(
    Object.fromEntries(Object.entries(match).filter(([key]) => key !== 'name')),
  )
  return { kind, expected: `${name}: ${condition}`, actual, line: `actual: [${actual}]` }
}

const specifiers = [
  ['exactMatch', 'exact_match'],
  ['safeRegexMatch', 'safe_regex_match'],
  ['rangeMatch', 'range_match'],
  ['prefixMatch', 'prefix_match'],
  ['suffixMatch', 'suffix_match'],
  ['containsMatch', 'contains_match'],
] as const

const patterns = [
  ['exact', 'exact'],
  ['prefix', 'prefix'],
  ['suffix', 'suffix'],
  ['safeRegex', 'safe_regex'],
  ['contains', 'contains'],
  ['custom', 'custom'],
] as const

function kindOf(match: JsonObject): string {
  const string = field(match, 'stringMatch')
  if (isObject(string)) return `string_match.${nameOf(string, patterns) ?? 'match_pattern_not_set'}`
  return nameOf(match, specifiers) ?? 'present_match'
}

function nameOf(
  owner: JsonObject,
  names: readonly (readonly [camel: string, name: string])[],
): string | undefined {
  return names.find(([camel]) => field(owner, camel) !== undefined)?.[1]
}
