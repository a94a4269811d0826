import {
  type CompileOptions,
  compileRoutes,
  type MatcherJson,
  mostSpecificFirst,
  type RouteConfigurationJson,
  type RouteJson,
  type RouteMatchJson,
  type RouteTable,
  type VirtualHostJson,
} from '@meshwright/route-matcher'
import { exact } from '../language/language.ts'
import { type Domains, readDomains } from './domains.ts'
import { always, type Formula, never } from './formulas.ts'
import { readConditions } from './read-conditions.ts'
import { readTree } from './read-tree.ts'
import type { RequestParts } from './request-parts.ts'
import { endOfAction, type Rule, tlsRule } from './rule.ts'

/** One configuration, read into conditions. */
export interface ConfigurationSide {
  readonly configuration: RouteConfigurationJson
  readonly table: RouteTable
  readonly domains: Domains
  /** Per virtual host, its rules in order. */
  readonly rules: readonly (readonly Rule[])[]
}

/**
 * Compiles a configuration and reads its conditions.
 *
 * @throws {RouteConfigError} if it has faults.
 */
export function readSide(
  configuration: RouteConfigurationJson,
  parts: RequestParts,
  options: CompileOptions,
): ConfigurationSide {
  const table = compileRoutes(configuration, options)
  const { virtualHosts = [], ignorePortInHostMatching = false } = configuration
  const ignoreParameters = configuration.ignorePathParametersInPathMatching === true
  const mostSpecific = options.order === 'most-specific'
  return {
    configuration,
    table,
    domains: readDomains(virtualHosts, ignorePortInHostMatching),
    rules: virtualHosts.map((host, index) =>
      readRules(host, index, { parts, ignoreParameters, mostSpecific }),
    ),
  }
}

interface ReadContext {
  readonly parts: RequestParts
  readonly ignoreParameters: boolean
  readonly mostSpecific: boolean
}

function readRules(
  host: VirtualHostJson,
  virtualHostIndex: number,
  { parts, ignoreParameters, mostSpecific }: ReadContext,
): readonly Rule[] {
  const { name: virtualHost = '', routes = [] } = host
  const refTo = (route: number, name: string) => ({ virtualHost, virtualHostIndex, route, name })
  const redirect = tlsCondition(host.requireTls, parts)
  const first = redirect === never ? [] : [{ ref: refTo(tlsRule, ''), condition: redirect }]
  const rule = ({ name = '', match = {} }: RouteJson, index: number, where: Formula): Rule => {
    const condition = readConditions(match, parts, ignoreParameters)
    return {
      ref: refTo(index, name),
      match,
      condition: where === always ? condition : parts.vocabulary.formulas.and([where, condition]),
    }
  }
  const listed = (list: readonly RouteJson[], from: number, where: Formula): readonly Rule[] => {
    const rules = list.map((route, index) => rule(route, from + index, where))
    return mostSpecific ? mostSpecificFirst(rules, ({ match = {} }) => match) : rules
  }
  if (host.matcher === undefined) return [...first, ...listed(routes, 0, always)]
  const { branches, actions } = readTree(host.matcher, parts, ignoreParameters)
  const led = new Set(branches.map(({ action }) => action))
  return [
    ...first,
    ...branches.flatMap(({ condition, action }) => [
      ...listed(action.routes, action.first, condition),
      { ref: refTo(endOfAction, ''), condition },
    ]),
    // No branch leads to what keeps matching.
    ...actions
      .filter((action) => !led.has(action))
      .flatMap((it) => listed(it.routes, it.first, never)),
  ]
}

/** When `require_tls` redirects: the request came without TLS, by what the hop before says or else by its scheme. */
function tlsCondition(requireTls: VirtualHostJson['requireTls'], parts: RequestParts): Formula {
  const all = requireTls === 'ALL' || requireTls === 2
  if (!all && requireTls !== 'EXTERNAL_ONLY' && requireTls !== 1) return never
  const { formulas } = parts.vocabulary
  const forwarded = parts.header('x-forwarded-proto')
  const https = { language: exact('https'), description: 'is "https"' }
  const secure = formulas.or([
    parts.passes(forwarded, https),
    formulas.and([formulas.not(parts.present(forwarded)), parts.passes(parts.scheme, https)]),
  ])
  if (all) return formulas.not(secure)
  const internal = parts.passes(parts.header('x-envoy-internal'), {
    language: exact('true'),
    description: 'is "true"',
  })
  return formulas.not(formulas.or([secure, internal]))
}

/** Whether conditions ask about path and query as one text. */
export function asksPathHeader(configuration: RouteConfigurationJson): boolean {
  const ignoring = configuration.ignorePathParametersInPathMatching === true
  return (configuration.virtualHosts ?? []).some(
    ({ routes = [], matcher }) =>
      routes.some(({ match = {} }) => asksInMatch(match, ignoring)) ||
      (matcher !== undefined && asksInTree(matcher, ignoring)),
  )
}

function asksInMatch(
  { pathMatchPolicy, headers = [] }: RouteMatchJson,
  ignoring: boolean,
): boolean {
  const template = ignoring && pathMatchPolicy !== undefined
  return template || headers.some(({ name }) => name?.toLowerCase() === ':path')
}

/** At worst it is asked for nothing. */
function asksInTree(matcher: MatcherJson, ignoring: boolean): boolean {
  const text = JSON.stringify(matcher)
  return /":path"/i.test(text) || (ignoring && text.includes('"pathMatchPolicy"'))
}
