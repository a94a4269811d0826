import type { RouteConfigurationJson } from '../config/config.ts'
import type { Request } from '../request/request.ts'
import { headerValues, Subject } from '../request/subject.ts'
import { explainMatch } from '../table/explain-match.ts'
import type { Explanation } from '../table/explanation.ts'
import type { Match } from '../table/match.ts'
import type { MatchOptions } from '../table/table.ts'
import type { DomainIndex } from './domain-index.ts'
import type { HostEntry } from './host-domains.ts'

/** Finds the virtual host of a request and asks it. */
export class Search {
  readonly #domains: DomainIndex<HostEntry>
  readonly #ignorePort: boolean
  readonly #hostHeader: string
  readonly #ignorePathParameters: boolean
  /**
   * The matches of hosts that have one route for everything, as most hosts of a sidecar, by the domain: in a large table
   * the entry of the host is one more place that no cache holds.
   */
  readonly #always: ReadonlyMap<string, Match>

  constructor(configuration: RouteConfigurationJson, domains: DomainIndex<HostEntry>) {
    this.#domains = domains
    this.#ignorePort = configuration.ignorePortInHostMatching === true
    this.#hostHeader = (configuration.vhostHeader ?? '').toLowerCase()
    this.#ignorePathParameters = configuration.ignorePathParametersInPathMatching === true
    this.#always = alwaysOf(domains, this.#ignorePort)
  }

  match(request: Request, options: MatchOptions | undefined): Match | undefined {
    const { only } = this.#domains
    if (only !== undefined) return this.#ask(only, request, options)
    const name = this.#hostOf(request)
    const always = name === undefined ? undefined : this.#always.get(name)
    if (always !== undefined && request.path.charCodeAt(0) === slash) return always
    const host = this.#domains.find(name, this.#ignorePort)
    return host && this.#ask(host, request, options)
  }

  #ask(host: HostEntry, request: Request, options: MatchOptions | undefined): Match | undefined {
    // What is not looked at costs nothing.
    if (host.always !== undefined && request.path.charCodeAt(0) === slash) return host.always
    const subject = this.#subject(request, options)
    const redirect = host.tlsRedirect?.(subject)
    if (redirect !== undefined) return redirect
    const taken = host.index.first(subject)
    return taken?.fixed ?? taken?.route.answer(subject)
  }

  explain(request: Request, options: MatchOptions | undefined): Explanation {
    const host = this.#hostOf(request)
    const found = this.#domains.find(host, this.#ignorePort)
    return explainMatch(found, this.#subject(request, options), host)
  }

  /** What the virtual host is chosen by; undefined if the request has none. */
  #hostOf(request: Request): string | undefined {
    if (this.#hostHeader === '') return request.authority === '' ? undefined : request.authority
    return headerValues(request, this.#hostHeader)[0]
  }

  #subject(request: Request, options: MatchOptions | undefined): Subject {
    return new Subject(request, options, this.#ignorePathParameters)
  }
}

function alwaysOf(
  domains: DomainIndex<HostEntry>,
  ignorePort: boolean,
): ReadonlyMap<string, Match> {
  const always = new Map<string, Match>()
  for (const [domain, host] of domains.exact) {
    // Where ports are ignored, no host has one by the time it is looked for.
    if (host.always !== undefined && !(ignorePort && domain.includes(':'))) {
      always.set(domain, host.always)
    }
  }
  return always
}

const slash = 0x2f
