import type { Snapshot } from '@meshwright/mesh-config'
import { clusterTargets, outboundClusterOf, usesEds } from './clusters.ts'
import { loadAssignment } from './endpoints.ts'
import { gatewayListeners, gatewayRoutes } from './gateway.ts'
import { grpcResources } from './grpc.ts'
import { inboundClusters } from './inbound-clusters.ts'
import { boundInboundListeners } from './inbound-listeners.ts'
import { sortedBy } from './order.ts'
import { outboundListener } from './outbound-draft.ts'
import { outboundDrafts } from './outbound-drafts.ts'
import type { MeshProxy } from './proxy.ts'
import type { Resources } from './resources.ts'
import { type Scope, scopeOf } from './scope.ts'
import { sidecarRoutes } from './sidecar-routes.ts'
import { specialClusters } from './special-clusters.ts'
import { virtualListeners } from './virtual-listeners.ts'

/**
 * Compiles a snapshot into the xDS resources of one proxy, in the dialect of its client.
 *
 * A pure function: it reads nothing but its arguments and changes neither; equal arguments give
 * equal results, down to the order of every list and field. Names are Istio's.
 */
export function compile(snapshot: Snapshot, proxy: MeshProxy): Resources {
  const scope = scopeOf(snapshot, proxy)
  const { clusters, endpoints, listeners, routes } = resourcesOf(snapshot, scope)
  return {
    clusters: sortedBy(clusters, ({ name }) => name ?? ''),
    endpoints: sortedBy(endpoints, ({ clusterName }) => clusterName ?? ''),
    listeners: sortedBy(listeners, ({ name }) => name ?? ''),
    routes: sortedBy(routes, ({ name }) => name ?? ''),
  }
}

function resourcesOf(snapshot: Snapshot, scope: Scope): Resources {
  if (scope.proxy.client === 'grpc') return grpcResources(scope)
  const targets = clusterTargets(scope)
  const outbound = targets.map((target) => outboundClusterOf(scope, target))
  const endpoints = targets.filter(usesEds).map((target) => loadAssignment(scope, target))
  if (scope.proxy.kind === 'router') {
    return {
      clusters: [...outbound, ...specialClusters(scope)],
      endpoints,
      listeners: gatewayListeners(snapshot, scope),
      routes: gatewayRoutes(snapshot, scope),
    }
  }
  const drafts = outboundDrafts(scope)
  return {
    clusters: [...outbound, ...specialClusters(scope), ...inboundClusters(scope)],
    endpoints,
    listeners: [
      ...drafts.map((draft) => outboundListener(scope, draft)),
      ...boundInboundListeners(scope),
      ...virtualListeners(scope),
    ],
    routes: sidecarRoutes(scope, drafts),
  }
}
