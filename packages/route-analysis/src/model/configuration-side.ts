import {
  type CompileOptions,
  compileRoutes,
  type RouteConfigurationJson,
  type RouteTable,
  type VirtualHostJson,
} from '@meshwright/route-matcher'
import { exact } from '../language/language.ts'
import { type Domains, readDomains } from './domains.ts'
import { type Formula, never } from './formulas.ts'
import { mostSpecificFirst } from './most-specific-first.ts'
import { readConditions } from './read-conditions.ts'
import type { RequestParts } from './request-parts.ts'
import { matcherRule, type Rule, tlsRule } from './rule.ts'

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
  if (host.matcher !== undefined) {
    const condition = parts.vocabulary.formulas.unknown('the virtual host has a matcher tree')
    return [...first, { ref: refTo(matcherRule, ''), condition }]
  }
  const rules = routes.map(({ name = '', match = {} }, index) => ({
    ref: refTo(index, name),
    match,
    condition: readConditions(match, parts, ignoreParameters),
  }))
  const ordered = mostSpecific ? mostSpecificFirst(rules, ({ match }) => match) : rules
  return [...first, ...ordered.map(({ ref, condition }) => ({ ref, condition }))]
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
  return (configuration.virtualHosts ?? []).some(({ routes = [] }) =>
    routes.some(
      ({ match }) =>
        (configuration.ignorePathParametersInPathMatching === true &&
          match?.pathMatchPolicy !== undefined) ||
        match?.headers?.some(({ name }) => name?.toLowerCase() === ':path'),
    ),
  )
}
