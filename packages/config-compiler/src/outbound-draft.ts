import type {
  FilterChainJson,
  FilterChainMatchJson,
  ListenerJson,
} from '@meshwright/xds-types/envoy/config/listener/v3'
import { httpConnectionManager } from './http-connection-manager.ts'
import {
  anyAddress,
  bound,
  chain,
  httpInspector,
  listenerOn,
  plainHttp,
  tlsInspector,
} from './listener.ts'
import { blackHoleCluster, passthroughCluster } from './names.ts'
import type { NamedChain } from './outbound-chains.ts'
import type { EgressScope, Scope } from './scope.ts'
import { blackHole, tcpProxy } from './tcp-proxy.ts'

/** A route configuration that outbound listeners need. */
export interface RouteTable {
  readonly name: string
  /** The port of the services it routes to; unset for an HTTP proxy: every port. */
  readonly port?: number
  /** The only service in it, for a port whose protocol is detected. */
  readonly host?: string
  readonly egress: EgressScope
}

/** A chain for connections to certain addresses. */
interface RangedChain {
  /** In CIDR notation. */
  readonly ranges: readonly string[]
  readonly chain: FilterChainJson
}

/** An outbound listener while services are still being added to it. */
export interface OutboundDraft {
  readonly address: string
  readonly port: number
  /** Whether it takes connections itself, rather than captured ones from `virtualOutbound`. */
  readonly binds: boolean
  readonly role: 'outbound' | 'http-proxy'
  /** The routes of its HTTP services. */
  routes?: RouteTable
  /** TLS services, told apart by server names. */
  readonly tls: NamedChain[]
  /** TCP services, told apart by where connections were going. */
  readonly ranges: RangedChain[]
  /** The service that takes all other connections; the first one there stays. */
  tcp?: FilterChainJson
}

/** Finishes a listener. */
export function outboundListener(scope: Scope, draft: OutboundDraft): ListenerJson {
  const { address, port, binds } = draft
  const common: ListenerJson = {
    ...listenerOn(address, port, 'OUTBOUND'),
    continueOnListenerFiltersTimeout: true,
    listenerFiltersTimeout: '0s',
    ...(binds ? bound : { bindToPort: false }),
  }
  return { ...common, ...(binds ? boundChains(scope, draft) : capturedChains(scope, draft)) }
}

/** Applications connect on purpose: the first protocol is all there is on such an address. */
function boundChains(scope: Scope, draft: OutboundDraft): ListenerJson {
  const { routes, tls, tcp } = draft
  if (routes?.host !== undefined && tcp !== undefined) return capturedChains(scope, draft)
  if (routes !== undefined) return { filterChains: [httpChain(scope, draft, routes)] }
  const [only, ...others] = tls
  if (tcp !== undefined) return { filterChains: [tcp] }
  if (only !== undefined && others.length === 0) return { filterChains: [only.chain] }
  return { listenerFilters: [tlsInspector], filterChains: tls.map(matchedByName) }
}

function capturedChains(scope: Scope, draft: OutboundDraft): ListenerJson {
  const { routes, tls, tcp } = draft
  const http = routes === undefined ? [] : [httpChain(scope, draft, routes, plainHttp)]
  const specific = [...http, ...tls.map(matchedByName), ...draft.ranges.map(matchedByRange)]
  if (specific.length === 0 && tcp !== undefined) return { filterChains: [tcp] }
  const inspectors = [
    ...(tls.length > 0 ? [tlsInspector] : []),
    ...(http.length > 0 ? [httpInspector] : []),
  ]
  const rest = tcp ?? (draft.address === anyAddress ? unknownDestination(scope) : undefined)
  return {
    listenerFilters: inspectors,
    filterChains: specific,
    ...(rest && { defaultFilterChain: rest }),
  }
}

function httpChain(
  scope: Scope,
  { address, port, role }: OutboundDraft,
  routes: RouteTable,
  filterChainMatch?: FilterChainMatchJson,
): FilterChainJson {
  const statPrefix = `outbound_${address}_${port}`
  return {
    ...(filterChainMatch && { filterChainMatch }),
    ...chain(httpConnectionManager(scope, { statPrefix, routes: routes.name, role })),
  }
}

function matchedByName({ serverNames, chain: own }: NamedChain): FilterChainJson {
  return { filterChainMatch: { serverNames }, ...own }
}

function matchedByRange({ ranges, chain: own }: RangedChain): FilterChainJson {
  const prefixRanges = ranges.map((range) => {
    const [addressPrefix = '', length] = range.split('/')
    return { addressPrefix, prefixLen: Number(length) }
  })
  return { filterChainMatch: { prefixRanges }, ...own }
}

/** Connections to a known port of an unknown address: they pass, or not. */
function unknownDestination(scope: Scope): FilterChainJson {
  return {
    name: 'PassthroughFilterChain',
    filterChainMatch: {},
    filters: [
      scope.registryOnly ? blackHole(blackHoleCluster) : tcpProxy(scope, passthroughCluster),
    ],
  }
}
