import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { refuse } from '../errors.ts'
import { timeoutMs } from '../network/duration.ts'
import { typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import {
  compileProxyProtocol,
  type ProxyProtocol,
  type ProxyProtocolJson,
} from './proxy-protocol.ts'

/** A condition on the connection's destination port. */
type PortPredicate = (port: number) => boolean

/** What a listener does before it chooses a filter chain. */
export interface ListenerFilters {
  /** Undefined: not at all. The predicate tells for which ports it is left out. */
  readonly tlsInspector: { readonly disabled: PortPredicate } | undefined
  readonly httpInspector: { readonly disabled: PortPredicate } | undefined
  readonly originalDst: boolean
  /** Undefined: a header would be taken for the client's own bytes. */
  readonly proxyProtocol: ProxyProtocol | undefined
  readonly timeoutMs: number
  readonly continueOnTimeout: boolean
}

/**
 * Compiles a listener's own filters.
 *
 * @throws {ProxyError} naming a filter that is not known
 */
export function compileListenerFilters(listener: ListenerJson): ListenerFilters {
  const found = new Map<string, PortPredicate>()
  let proxyProtocol: ProxyProtocol | undefined
  for (const filter of listener.listenerFilters ?? []) {
    const kind = kindOf(filter)
    if (kind === undefined) {
      refuse(`listener filter ${JSON.stringify(filter.name ?? '')} is not supported`)
    }
    if (kind === 'proxy_protocol') proxyProtocol = compileHeader(filter, found.size > 0)
    else found.set(kind, compilePredicate(filter.filterDisabled))
  }
  const tls = found.get('tls_inspector') ?? (needsTlsInspector(listener) ? never : undefined)
  const http = found.get('http_inspector')
  return {
    tlsInspector: tls && { disabled: tls },
    httpInspector: http && { disabled: http },
    proxyProtocol,
    originalDst: found.has('original_dst') || listener.useOriginalDst === true,
    timeoutMs: timeoutMs(listener.listenerFiltersTimeout, defaultTimeoutMs),
    continueOnTimeout: listener.continueOnListenerFiltersTimeout === true,
  }
}

type ListenerFilterJson = NonNullable<ListenerJson['listenerFilters']>[number]
type PredicateJson = NonNullable<ListenerFilterJson['filterDisabled']>

/** Envoy's. */
const defaultTimeoutMs = 15_000

const kindsByType: Readonly<Record<string, string | undefined>> = {
  'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector': 'tls_inspector',
  'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector': 'http_inspector',
  'envoy.extensions.filters.listener.original_dst.v3.OriginalDst': 'original_dst',
  'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol': 'proxy_protocol',
}

const never: PortPredicate = () => false

function kindOf(filter: ListenerFilterJson): string | undefined {
  if (filter.typedConfig === undefined) return undefined
  return kindsByType[typeNameOf(unwrapTypedStruct(filter.typedConfig)['@type'])]
}

/** The header comes before all else on a connection: whatever looks before it is gone sees no protocol at all. */
function compileHeader(filter: ListenerFilterJson, isLate: boolean): ProxyProtocol {
  if (isLate) refuse('listener filter proxy_protocol must be the first')
  if (filter.filterDisabled !== undefined) {
    refuse('listener filter proxy_protocol: filter_disabled is not supported')
  }
  // The shape was validated with its message type.
  const config = unwrapTypedStruct(filter.typedConfig ?? { '@type': '' })
  return compileProxyProtocol(config as ProxyProtocolJson)
}

/** As Envoy: chains chosen by what only a ClientHello tells bring the inspector along. */
function needsTlsInspector(listener: ListenerJson): boolean {
  return (listener.filterChains ?? []).some(({ filterChainMatch: match }) => {
    if (match === undefined) return false
    return match.transportProtocol === 'tls' || (match.serverNames ?? []).length > 0
  })
}

function compilePredicate(json: PredicateJson | undefined): PortPredicate {
  if (json === undefined) return never
  const { orMatch, andMatch, notMatch, anyMatch, destinationPortRange: range } = json
  if (orMatch !== undefined) {
    const rules = (orMatch.rules ?? []).map(compilePredicate)
    return (port) => rules.some((rule) => rule(port))
  }
  if (andMatch !== undefined) {
    const rules = (andMatch.rules ?? []).map(compilePredicate)
    return (port) => rules.every((rule) => rule(port))
  }
  if (notMatch !== undefined) {
    const rule = compilePredicate(notMatch)
    return (port) => !rule(port)
  }
  if (range !== undefined) return (port) => port >= (range.start ?? 0) && port < (range.end ?? 0)
  return () => anyMatch === true
}
