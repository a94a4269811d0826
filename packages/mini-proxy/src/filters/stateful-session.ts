import type { StatefulSessionJson } from '@meshwright/xds-types/envoy/extensions/filters/http/stateful_session/v3'
import { ProxyError } from '../errors.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'
import type {
  FilterConfigJson,
  FilterDecision,
  FilterStream,
  HttpFilter,
  HttpFilterType,
} from './http-filter.ts'
import { compileSessionState, type SessionState } from './session-state.ts'

/** `envoy.filters.http.stateful_session`: sends a client to the host that it brings in a cookie or a header, and tells it which that is. */
export const statefulSessionFilter: HttpFilterType = {
  configTypes: ['envoy.extensions.filters.http.stateful_session.v3.StatefulSession'],
  routeConfigTypes: ['envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute'],
  check: (config) => faultsOf(config as StatefulSessionJson),
  checkRoute: ({ statefulSession }) =>
    statefulSession === undefined ? [] : faultsOf(statefulSession as StatefulSessionJson),
  create(config) {
    const own = compileSession(config as StatefulSessionJson)
    const byRoute = new WeakMap<FilterConfigJson, Session | undefined>()
    const sessionOf = (route: FilterConfigJson | undefined): Session | undefined => {
      if (route === undefined) return own
      if (!byRoute.has(route)) byRoute.set(route, sessionOfRoute(route))
      return byRoute.get(route)
    }
    return (stream) => {
      const session = sessionOf(stream.routeConfig())
      return session && new StatefulSession(session, stream)
    }
  },
}

interface Session {
  /** Undefined: there is none to keep. */
  readonly state: SessionState | undefined
  readonly strict: boolean
}

function sessionOfRoute({ disabled, statefulSession }: FilterConfigJson): Session | undefined {
  if (disabled === true || statefulSession === undefined) return undefined
  return compileSession(statefulSession as StatefulSessionJson)
}

function compileSession({ sessionState, strict = false }: StatefulSessionJson): Session {
  const state = sessionState && compileSessionState(sessionState.typedConfig)
  return { state, strict }
}

function faultsOf(json: StatefulSessionJson): string[] {
  const status = json.statusOnStrictDestinationNotFound ?? notFound
  try {
    compileSession(json)
  } catch (error) {
    if (error instanceof ProxyError) return [error.reason]
    throw error
  }
  return status === notFound ? [] : ['status_on_strict_destination_not_found is not supported']
}

/** What is answered where the host is gone. */
const notFound = 503

class StatefulSession implements HttpFilter {
  readonly #session: Session
  readonly #stream: FilterStream
  /** Undefined: this request has no session. */
  #state: SessionState | undefined
  #brought: string | undefined

  constructor(session: Session, stream: FilterStream) {
    this.#session = session
    this.#stream = stream
  }

  onRequest(head: RequestHead): FilterDecision {
    const { state, strict } = this.#session
    if (state?.appliesTo(head.path) !== true) return 'continue'
    this.#state = state
    this.#brought = state.read(head, this.#stream.startTime)
    if (this.#brought !== undefined) this.#stream.overrideHost(this.#brought, strict)
    return 'continue'
  }

  onResponse({ headers }: ResponseHead): 'continue' {
    const host = this.#stream.upstreamHost()
    if (host !== undefined && host !== this.#brought) {
      this.#state?.write(headers, host, this.#stream.startTime)
    }
    return 'continue'
  }
}
