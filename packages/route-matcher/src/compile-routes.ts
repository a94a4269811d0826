import { checkFields } from './check-fields.ts'
import { compileHeaderMutations } from './compile-header-mutations.ts'
import type { RouteConfigurationJson } from './config.ts'
import { DomainIndex } from './domain-index.ts'
import { RouteConfigError } from './errors.ts'
import { explainMatch } from './explain-match.ts'
import type { Explanation } from './explanation.ts'
import { type Findings, fault } from './findings.ts'
import type { Match } from './match.ts'
import { re2Engine } from './re2-engine.ts'
import type { Request } from './request.ts'
import { headerValues, Subject } from './subject.ts'
import type { CompileOptions, MatchOptions, RouteTable } from './table.ts'
import { compileVirtualHost, type VirtualHostTable } from './virtual-host-table.ts'

/**
 * Compiles a route configuration into a table that answers requests as Envoy does: the virtual host by its domain, then
 * the first route whose predicates all hold.
 *
 * @throws {RouteConfigError} if anything in it is wrong or would be ignored at the cost of another route; it names every fault.
 *
 * @example
 * ```ts
 * const table = compileRoutes({
 *   virtualHosts: [
 *     { name: 'shop', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'cart' } }] },
 *   ],
 * })
 * table.match(request({ authority: 'shop', path: '/' }))?.cluster // => 'cart'
 * ```
 */
export function compileRoutes(
  configuration: RouteConfigurationJson,
  options: CompileOptions = {},
): RouteTable {
  const findings: Findings = {
    faults: [],
    warnings: [],
    regexEngine: options.regexEngine ?? re2Engine,
  }
  checkFields(configuration, 'RouteConfiguration', '', findings)
  const name = typeof configuration?.name === 'string' ? configuration.name : ''
  // Types that are wrong would make the compiler below stumble; faults of meaning are only looked for where types are right.
  if (findings.faults.length > 0) throw new RouteConfigError(name, findings.faults)
  const table = compileTable(configuration, findings)
  if (findings.faults.length > 0) throw new RouteConfigError(name, findings.faults)
  return table
}

function compileTable(configuration: RouteConfigurationJson, findings: Findings): RouteTable {
  const clusters = new Set<string>()
  const configurationMutations = compileHeaderMutations(configuration, '', findings)
  const hosts = (configuration.virtualHosts ?? []).map((virtualHost, i) =>
    compileVirtualHost({
      configuration,
      configurationMutations,
      virtualHost,
      virtualHostPath: `virtualHosts[${i}]`,
      virtualHostMutations: compileHeaderMutations(virtualHost, `virtualHosts[${i}]`, findings),
      findings,
      clusters,
    }),
  )
  const search = new Search(configuration, indexDomains(hosts, findings))
  return {
    name: configuration.name ?? '',
    virtualHosts: hosts.map(({ info }) => info.name),
    clusters: [...clusters],
    validateClusters: configuration.validateClusters === true,
    internalOnlyHeaders: (configuration.internalOnlyHeaders ?? []).map((it) => it.toLowerCase()),
    warnings: findings.warnings,
    match: (request, options) => search.match(request, options),
    explain: (request, options) => search.explain(request, options),
    answer: (virtualHostIndex, routeIndex) => hosts[virtualHostIndex]?.describe(routeIndex),
    predicates: (virtualHostIndex, routeIndex) => {
      const route = hosts[virtualHostIndex]?.routes[routeIndex]
      const predicates = route === undefined ? [] : [route.path, ...route.conditions]
      return predicates.map(({ description, draw = false }) => ({ description, draw }))
    },
  }
}

function indexDomains(
  hosts: readonly VirtualHostTable[],
  findings: Findings,
): DomainIndex<VirtualHostTable> {
  const index = new DomainIndex<VirtualHostTable>()
  const names = new Set<string>()
  for (const [i, host] of hosts.entries()) {
    const { name, domains } = host.info
    if (names.has(name)) {
      fault(
        findings,
        `virtualHosts[${i}].name`,
        `expected a name of its own, got ${JSON.stringify(name)} again`,
      )
    }
    names.add(name)
    for (const [j, domain] of domains.entries()) {
      if (domain !== '' && index.add(domain, host)) continue
      const got = domain === '' ? 'nothing' : `${JSON.stringify(domain)} again`
      fault(
        findings,
        `virtualHosts[${i}].domains[${j}]`,
        `expected a domain of its own, got ${got}`,
      )
    }
  }
  return index
}

class Search {
  readonly #domains: DomainIndex<VirtualHostTable>
  readonly #ignorePort: boolean
  readonly #hostHeader: string
  readonly #ignorePathParameters: boolean

  constructor(configuration: RouteConfigurationJson, domains: DomainIndex<VirtualHostTable>) {
    this.#domains = domains
    this.#ignorePort = configuration.ignorePortInHostMatching === true
    this.#hostHeader = (configuration.vhostHeader ?? '').toLowerCase()
    this.#ignorePathParameters = configuration.ignorePathParametersInPathMatching === true
  }

  match(request: Request, options: MatchOptions = {}): Match | undefined {
    const host = this.#domains.find(this.#hostOf(request), this.#ignorePort)?.value
    if (host === undefined) return undefined
    const subject = this.#subject(request, options)
    return host.tlsRedirect(subject) ?? host.index.first(subject)?.answer(subject)
  }

  explain(request: Request, options: MatchOptions = {}): Explanation {
    const found = this.#domains.find(this.#hostOf(request), this.#ignorePort)
    return explainMatch(found, this.#subject(request, options))
  }

  /** What the virtual host is chosen by; undefined if the request has none. */
  #hostOf(request: Request): string | undefined {
    if (this.#hostHeader === '') return request.authority === '' ? undefined : request.authority
    return headerValues(request, this.#hostHeader)[0]
  }

  #subject(request: Request, { random = 0, runtime }: MatchOptions): Subject {
    return new Subject(request, integerDraw(random), this.#ignorePathParameters, runtime)
  }
}

/** Envoy draws integers; a fraction is spread over all that a number holds exactly. */
function integerDraw(random: number): number {
  if (Number.isSafeInteger(random) && random >= 0) return random
  if (random > 0 && random < 1) return Math.floor(random * 2 ** 53)
  return Number.isFinite(random) ? Math.floor(Math.abs(random)) : 0
}
