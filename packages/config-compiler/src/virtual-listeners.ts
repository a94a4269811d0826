import type {
  ListenerFilterChainMatchPredicateJson,
  ListenerFilterJson,
  ListenerJson,
} from '@meshwright/xds-types/envoy/config/listener/v3'
import { listenerAccessLogs } from './access-log.ts'
import { capturedInboundChains } from './inbound-listeners.ts'
import { inboundPorts } from './inbound-ports.ts'
import {
  anyAddress,
  bound,
  httpInspector,
  listenerOn,
  originalDestination,
  tlsInspector,
} from './listener.ts'
import { blackHoleCluster, passthroughCluster, typeUrl } from './names.ts'
import type { Scope } from './scope.ts'
import { blackHole, tcpProxy } from './tcp-proxy.ts'

const defaultOutboundPort = 15_001
const defaultInboundPort = 15_006
// Packets with this mark are the sidecar's own: Istio's TPROXY rules know it.
const transparentMark = 1337

/** The two listeners that captured connections arrive at; none when nothing is captured. */
export function virtualListeners(scope: Scope): readonly ListenerJson[] {
  if (scope.interceptionMode === 'NONE') return []
  return [virtualOutbound(scope), virtualInbound(scope)]
}

function virtualOutbound(scope: Scope): ListenerJson {
  const port = scope.mesh.proxyListenPort || defaultOutboundPort
  return {
    ...listenerOn(anyAddress, port, 'OUTBOUND'),
    name: 'virtualOutbound',
    ...bound,
    ...logs(scope),
    useOriginalDst: true,
    ...(scope.interceptionMode === 'TPROXY' && { transparent: true }),
    filterChains: [
      {
        name: 'virtualOutbound-blackhole',
        // What was sent to the listener's own port would come back to it for ever.
        filterChainMatch: { destinationPort: port },
        filters: [blackHole(blackHoleCluster)],
      },
      {
        name: 'virtualOutbound-catchall-tcp',
        filters: [tcpProxy(scope, scope.registryOnly ? blackHoleCluster : passthroughCluster)],
      },
    ],
  }
}

function virtualInbound(scope: Scope): ListenerJson {
  const port = scope.mesh.proxyInboundListenPort || defaultInboundPort
  const isTransparent = scope.interceptionMode === 'TPROXY'
  return {
    ...listenerOn(anyAddress, port, 'INBOUND'),
    name: 'virtualInbound',
    ...bound,
    ...logs(scope),
    continueOnListenerFiltersTimeout: true,
    listenerFiltersTimeout: '0s',
    ...(isTransparent && { transparent: true }),
    listenerFilters: [
      originalDestination,
      // Our proxy cannot take another's address; the listener is worth more than the address.
      ...(isTransparent && scope.proxy.client === 'envoy' ? [originalSource] : []),
      { ...tlsInspector, filterDisabled: onPorts([port]) },
      { ...httpInspector, filterDisabled: onPorts([...knownPorts(scope), port]) },
    ],
    filterChains: [
      {
        name: 'virtualInbound-blackhole',
        filterChainMatch: { destinationPort: port },
        filters: [blackHole(blackHoleCluster)],
      },
      ...capturedInboundChains(scope),
    ],
  }
}

/** Ports whose protocol is declared: nothing to detect there. */
function knownPorts(scope: Scope): readonly number[] {
  return inboundPorts(scope)
    .filter(({ bind, traffic }) => bind === undefined && traffic !== 'auto')
    .map(({ port }) => port)
}

function onPorts(ports: readonly number[]): ListenerFilterChainMatchPredicateJson {
  const rules = ports.map((port) => ({ destinationPortRange: { start: port, end: port + 1 } }))
  const [only, ...others] = rules
  return only !== undefined && others.length === 0 ? only : { orMatch: { rules } }
}

function logs(scope: Scope): Pick<ListenerJson, 'accessLog'> {
  const accessLog = listenerAccessLogs(scope.mesh)
  return accessLog.length > 0 ? { accessLog } : {}
}

const originalSource: ListenerFilterJson = {
  name: 'envoy.filters.listener.original_src',
  typedConfig: {
    '@type': typeUrl('envoy.extensions.filters.listener.original_src.v3.OriginalSrc'),
    mark: transparentMark,
  },
}
