import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import { refuse } from '../errors.ts'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import type { HcmContext } from '../hcm/hcm-context.ts'
import {
  checkHttpConnectionManager,
  createHttpConnectionManager,
} from '../hcm/http-connection-manager.ts'
import type { NetworkFilter } from '../network/network-filter.ts'
import { type TypedConfigJson, typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import { createDirectResponse, type DirectResponseJson } from '../tcp/direct-response.ts'
import { checkTcpProxy, createTcpProxy, type TcpProxyJson } from '../tcp/tcp-proxy.ts'
import {
  type ConnectionLimit,
  type ConnectionLimitJson,
  compileConnectionLimit,
} from './connection-limit.ts'

export type FilterChainJson = NonNullable<ListenerJson['filterChains']>[number]

/** The one filter of a chain that takes over the connection, found and checked. */
export interface TerminalFilter {
  /** The filter speaks HTTP. */
  readonly http: boolean
  /** What filters before it say of how many connections there may be. */
  readonly limits: readonly ConnectionLimit[]
  create(context: HcmContext): NetworkFilter
}

/**
 * Finds and checks the filters of a chain.
 *
 * @throws {ProxyError} naming what is not known or not supported
 */
export function compileNetworkFilters(
  chain: FilterChainJson,
  registry: FilterRegistry,
): TerminalFilter {
  let terminal: LastFilter | undefined
  const limits: ConnectionLimit[] = []
  for (const { name = '', typedConfig } of chain.filters ?? []) {
    if (typedConfig === undefined)
      refuse(`network filter ${JSON.stringify(name)} has no typed_config`)
    const config = unwrapTypedStruct(typedConfig)
    const type = typeNameOf(config['@type'])
    if (inert.has(type)) continue
    if (type === limitType && terminal === undefined) {
      limits.push(
        ...[compileConnectionLimit(config as ConnectionLimitJson)].filter((it) => it !== undefined),
      )
      continue
    }
    if (terminal !== undefined) {
      refuse(`network filter ${JSON.stringify(name)} stands after the one that ends the chain`)
    }
    const compile = compilers[type]
    if (compile === undefined) {
      refuse(`network filter ${JSON.stringify(name)} of type ${type} is not supported`)
    }
    terminal = compile(config, registry)
  }
  return { ...(terminal ?? closeAtOnce), limits }
}

/** Names of the filters of a chain that are accepted and do nothing. */
export function inertFilters(chain: FilterChainJson): string[] {
  return (chain.filters ?? []).flatMap(({ typedConfig }) => {
    if (typedConfig === undefined) return []
    const type = typeNameOf(unwrapTypedStruct(typedConfig)['@type'])
    return inert.has(type) ? [type] : []
  })
}

/** They only gather and pass on what telemetry wants to know. */
const inert = new Set([
  'envoy.tcp.metadataexchange.config.MetadataExchange',
  'envoy.extensions.filters.network.metadata_exchange.MetadataExchange',
  'stats.PluginConfig',
])

const limitType = 'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit'

type LastFilter = Omit<TerminalFilter, 'limits'>
type Compiler = (config: TypedConfigJson, registry: FilterRegistry) => LastFilter

const compilers: Readonly<Record<string, Compiler | undefined>> = {
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager': (
    config,
    registry,
  ) => {
    // The shape was validated with its message type.
    const json = config as HttpConnectionManagerJson
    const reasons = checkHttpConnectionManager(json, registry)
    if (reasons.length > 0) refuse(`http_connection_manager: ${reasons.join('; ')}`)
    return { http: true, create: (context) => createHttpConnectionManager(json, context) }
  },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy': (config) => {
    const json = config as TcpProxyJson
    checkTcpProxy(json)
    return { http: false, create: (context) => createTcpProxy(json, context) }
  },
  'envoy.extensions.filters.network.direct_response.v3.Config': (config) => {
    const json = config as DirectResponseJson
    return { http: false, create: () => createDirectResponse(json) }
  },
}

/** As Envoy does with a chain without filters. */
const closeAtOnce: LastFilter = {
  http: false,
  create: () => ({
    onConnection: (socket) => void socket.destroy(),
    drain: () => undefined,
    activeConnections: 0,
    close: () => undefined,
  }),
}
