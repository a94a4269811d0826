import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { refuse, refuseFields } from '../errors.ts'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import { timeoutMs } from '../network/duration.ts'
import { tryParseIp } from '../network/ip-address.ts'
import { tlsContextOf } from '../network/transport-socket.ts'
import {
  compileDownstreamTls,
  type DownstreamTls,
  type DownstreamTlsContextJson,
} from '../tls/downstream-tls.ts'
import type { FilterChainMatchJson } from './filter-chain-match.ts'
import { compileListenerFilters, type ListenerFilters } from './listener-filters.ts'
import {
  compileNetworkFilters,
  type FilterChainJson,
  inertFilters,
  type TerminalFilter,
} from './network-filters.ts'

/** A listener, understood and checked, that holds no resource yet. */
export interface CompiledListener {
  readonly name: string
  /** Where to listen; the first is the listener's own address, which also names its statistics. */
  readonly addresses: readonly ListenAddress[]
  /** False: only other listeners hand connections to it. */
  readonly bindToPort: boolean
  /** Captured connections go to the listener that has their original destination. */
  readonly useOriginalDst: boolean
  readonly inbound: boolean
  /** Clients are sent away when the listener changes, not when the proxy fails its health checks. */
  readonly drainsOnlyChanges: boolean
  readonly bufferLimitBytes: number
  /** Connections are taken however full the proxy is. */
  readonly bypassOverload: boolean
  /** Connections do not count to what all listeners together may have. */
  readonly ignoresGlobalLimit: boolean
  readonly backlog: number
  readonly statPrefix: string
  readonly filters: ListenerFilters
  readonly chains: readonly CompiledChain[]
  readonly defaultChain: CompiledChain | undefined
  /** What is accepted and not acted on, for one warning each. */
  readonly ignored: readonly string[]
}

export interface ListenAddress {
  readonly address: string
  readonly port: number
}

export interface CompiledChain {
  /** Equal for chains that are configured equally, by their listeners too: such a chain outlives a change of its listener. */
  readonly key: string
  readonly match: FilterChainMatchJson | undefined
  readonly tls: DownstreamTls | undefined
  readonly handshakeTimeoutMs: number
  readonly terminal: TerminalFilter
}

/**
 * Compiles a listener.
 *
 * @throws {ProxyError} naming what cannot be honored
 */
export function compileListener(
  listener: ListenerJson,
  registry: FilterRegistry,
): CompiledListener {
  refuseFields('listener', listener, unsupported)
  if (listener.apiListener !== undefined) return compileApiListener(listener, registry)
  const addresses = [
    addressOf(listener.address),
    ...(listener.additionalAddresses ?? []).map((it) => addressOf(it.address)),
  ]
  const chains = (listener.filterChains ?? []).map((it) => compileChain(it, listener, registry))
  refuseEqualMatches(chains)
  const { defaultFilterChain } = listener
  const defaultChain = defaultFilterChain && compileChain(defaultFilterChain, listener, registry)
  if (chains.length === 0 && defaultChain === undefined) refuse('listener has no filter chain')
  const [own] = addresses
  const filters = compileListenerFilters(listener)
  return {
    name: listener.name ?? '',
    addresses,
    bindToPort: listener.bindToPort !== false && listener.deprecatedV1?.bindToPort !== false,
    useOriginalDst: listener.useOriginalDst === true,
    inbound: listener.trafficDirection === 'INBOUND',
    bufferLimitBytes: listener.perConnectionBufferLimitBytes ?? defaultBufferBytes,
    bypassOverload: listener.bypassOverloadManager === true,
    ignoresGlobalLimit: listener.ignoreGlobalConnLimit === true,
    backlog: listener.tcpBacklogSize ?? defaultBacklog,
    statPrefix: listener.statPrefix || `${own?.address}_${own?.port}`,
    filters,
    drainsOnlyChanges: listener.drainType === 'MODIFY_ONLY',
    chains,
    defaultChain,
    ignored: [...ignoredParts(listener), ...(filters.proxyProtocol?.ignored ?? [])],
  }
}

const unsupported = ['filterChainMatcher', 'fcdsConfig', 'udpListenerConfig', 'internalListener']
/** What applications that are their own proxies listen to: it is checked, and opens no port, whatever its address. */
function compileApiListener(listener: ListenerJson, registry: FilterRegistry): CompiledListener {
  const { apiListener, ...rest } = listener
  const typedConfig = apiListener?.apiListener
  const manager = { name: 'api_listener', ...(typedConfig && { typedConfig }) }
  const filterChains = [{ filters: [manager] }]
  const address = { socketAddress: { address: '0.0.0.0' } }
  const whole = compileListener({ ...rest, address, filterChains }, registry)
  const ignored = [...whole.ignored, 'Listener.api_listener']
  return { ...whole, ignored, chains: [], addresses: [], bindToPort: false }
}

/** Envoy's. */
const defaultBufferBytes = 1_048_576
/** Linux caps it at net.core.somaxconn. */
const defaultBacklog = 4096
/** Envoy has no limit here unless told; a peer that never finishes its handshake would stay for ever. */
const defaultHandshakeMs = 15_000

function addressOf(json: ListenerJson['address']): ListenAddress {
  const socket = json?.socketAddress
  if (socket === undefined) return refuse('listener address is no socket_address')
  if (socket.protocol === 'UDP') refuse('listener protocol UDP is not supported')
  const { address = '', portValue = 0 } = socket
  if (tryParseIp(address) === undefined) {
    refuse(`listener address ${JSON.stringify(address)} is no IP address`)
  }
  return { address, port: portValue }
}

function compileChain(
  chain: FilterChainJson,
  { bypassOverloadManager, drainType }: ListenerJson,
  registry: FilterRegistry,
): CompiledChain {
  const where = `filter chain ${JSON.stringify(chain.name ?? '')}`
  refuseFields(where, chain, ['useProxyProto'])
  refuseFields(`${where} match`, chain.filterChainMatch ?? {}, ['addressSuffix', 'suffixLen'])
  const context = tlsContextOf(chain.transportSocket)
  return {
    key: JSON.stringify([chain, bypassOverloadManager === true, drainType === 'MODIFY_ONLY']),
    match: chain.filterChainMatch,
    // The shape was validated with its message type.
    tls:
      context &&
      compileDownstreamTls('downstream_tls_context', context as DownstreamTlsContextJson),
    handshakeTimeoutMs: timeoutMs(chain.transportSocketConnectTimeout, defaultHandshakeMs),
    terminal: compileNetworkFilters(chain, registry),
  }
}

/** Two chains that match the same: which one is meant nobody can tell. */
function refuseEqualMatches(chains: readonly CompiledChain[]): void {
  const seen = new Set<string>()
  for (const { match } of chains) {
    const key = JSON.stringify(Object.entries(match ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (seen.has(key)) refuse('listener has two filter chains with the same match')
    seen.add(key)
  }
}

function ignoredParts(listener: ListenerJson): string[] {
  const chains = [...(listener.filterChains ?? []), listener.defaultFilterChain ?? {}]
  const ignored = chains.flatMap(inertFilters)
  if ((listener.accessLog ?? []).length > 0) ignored.push('Listener.access_log')
  if ((listener.socketOptions ?? []).length > 0) ignored.push('Listener.socket_options')
  if (listener.transparent === true) ignored.push('Listener.transparent')
  return ignored
}
