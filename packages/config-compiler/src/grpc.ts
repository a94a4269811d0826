import type { MeshService, ServicePortSpec } from '@meshwright/mesh-config'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { clusterTargets } from './clusters.ts'
import { domainsOf, withPort } from './domains.ts'
import { type ClusterTarget, clusterNameOf, endpointsOf, loadAssignment } from './endpoints.ts'
import { grpcRoute } from './grpc-route.ts'
import { isIpAddress } from './host.ts'
import { anyAddress } from './listener.ts'
import { blackHoleCluster, outboundCluster, typeUrl } from './names.ts'
import { trafficOf } from './protocol.ts'
import type { Resources } from './resources.ts'
import type { Scope } from './scope.ts'
import { serviceRoutes } from './sidecar-routes.ts'
import { meshGateway } from './virtual-service.ts'

/**
 * The resources of a proxyless gRPC client: what grpc-go and grpc-js both take. A channel to
 * `xds:///reviews.default.svc.cluster.local:9080` asks for the listener of that name.
 */
export function grpcResources(scope: Scope): Resources {
  const targets = clusterTargets(scope)
  const ports = [...scope.services.values()].flatMap((service) =>
    service.ports
      .filter(({ protocol }) => trafficOf(protocol) !== undefined)
      .map((port) => ({ service, port })),
  )
  return {
    clusters: [...targets.map((target) => cluster(scope, target)), eds(blackHoleCluster)],
    endpoints: [
      ...targets.filter(hasAddresses).map((target) => loadAssignment(scope, target)),
      { clusterName: blackHoleCluster } satisfies ClusterLoadAssignmentJson,
    ],
    listeners: ports.map(({ service, port }) => listener(service, port)),
    routes: ports.map(({ service, port }) => routes(scope, service, port)),
  }
}

function listener(service: MeshService, { number }: ServicePortSpec): ListenerJson {
  const address = service.addresses.find(isIpAddress) ?? anyAddress
  const manager =
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
  return {
    name: `${service.hostname}:${number}`,
    address: { socketAddress: { address, portValue: number } },
    apiListener: {
      apiListener: {
        '@type': typeUrl(manager),
        rds: {
          configSource: { ads: {} },
          routeConfigName: outboundCluster(service.hostname, number),
        },
        httpFilters: [
          {
            name: 'envoy.filters.http.fault',
            typedConfig: { '@type': typeUrl('envoy.extensions.filters.http.fault.v3.HTTPFault') },
          },
          {
            name: 'envoy.filters.http.router',
            typedConfig: { '@type': typeUrl('envoy.extensions.filters.http.router.v3.Router') },
          },
        ],
      },
    },
  }
}

function routes(
  scope: Scope,
  service: MeshService,
  { number }: ServicePortSpec,
): RouteConfigurationJson {
  const context = { scope, listenerPort: number, gateways: [meshGateway] }
  const names = domainsOf(service, scope)
  const egress = scope.egress.find(({ services }) => services.includes(service))
  return {
    name: outboundCluster(service.hostname, number),
    virtualHosts: [
      {
        name: `${service.hostname}:${number}`,
        domains: [...names, ...withPort(names, number)],
        routes: (egress === undefined ? [] : serviceRoutes(context, egress, service.hostname))
          .map(grpcRoute)
          .filter((route) => route !== undefined),
      },
    ],
  }
}

/** gRPC refuses names among a cluster's endpoints: those it resolves itself. */
function cluster(scope: Scope, target: ClusterTarget): ClusterJson {
  const name = clusterNameOf(target)
  const maxRequests = target.policy.connectionPool?.http?.http2MaxRequests
  const limits = maxRequests ? { circuitBreakers: { thresholds: [{ maxRequests }] } } : {}
  if (hasAddresses(target)) return { ...eds(name), ...limits }
  const { endpoints } = loadAssignment(scope, target)
  const [first] = endpoints?.[0]?.lbEndpoints ?? []
  return {
    name,
    type: 'LOGICAL_DNS',
    lbPolicy: 'ROUND_ROBIN',
    ...limits,
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: first === undefined ? [] : [first] }],
    },
  }
}

function hasAddresses(target: ClusterTarget): boolean {
  return endpointsOf(target).every(({ address }) => isIpAddress(address))
}

function eds(name: string): ClusterJson {
  return {
    name,
    type: 'EDS',
    edsClusterConfig: { edsConfig: { ads: {} }, serviceName: name },
    lbPolicy: 'ROUND_ROBIN',
  }
}
