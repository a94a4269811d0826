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

  constructor(configuration: RouteConfigurationJson, domains: DomainIndex<HostEntry>) {
    this.#domains = domains
    this.#ignorePort = configuration.ignorePortInHostMatching === true
    this.#hostHeader = (configuration.vhostHeader ?? '').toLowerCase()
    this.#ignorePathParameters = configuration.ignorePathParametersInPathMatching === true
  }

  match(request: Request, options: MatchOptions | undefined): Match | undefined {
    const host = this.#domains.find(this.#hostOf(request), this.#ignorePort)
    if (host === undefined) return undefined
    // Most hosts of a sidecar have one route for everything: what is not looked at costs nothing.
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

const slash = 0x2f
