import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { compileCluster } from './cluster/compile-cluster.ts'
import { readEndpoints } from './cluster/endpoint-spec.ts'
import { ProxyError, refuse } from './errors.ts'
import type { FilterRegistry } from './filters/filter-registry.ts'
import { checkRouteConfiguration } from './hcm/http-connection-manager.ts'
import { compileListener } from './listener/compile-listener.ts'
import { typeNameOf } from './network/typed-struct.ts'
import { checkSecret } from './tls/check-secret.ts'

/** Why a resource cannot be honored, or undefined. The resource is sound by the rules of its message type. */
export function checkResource(
  typeUrl: string,
  resource: unknown,
  registry: FilterRegistry,
): string | undefined {
  const compile = compilers[typeNameOf(typeUrl)]
  if (compile === undefined) return undefined
  try {
    compile(resource, registry)
    return undefined
  } catch (error) {
    if (error instanceof ProxyError) return error.reason
    // Only a resource that is not of its message type gets here: whoever sent it is told, and nothing ends.
    return `cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}

type Compile = (resource: unknown, registry: FilterRegistry) => unknown

/** A resource has the JSON form of its message type: that is this function's contract. */
const compilers: Readonly<Record<string, Compile | undefined>> = {
  'envoy.config.listener.v3.Listener': (it, registry) =>
    compileListener(it as ListenerJson, registry),
  'envoy.config.cluster.v3.Cluster': (it) => compileCluster(it as ClusterJson),
  'envoy.config.endpoint.v3.ClusterLoadAssignment': (it) =>
    readEndpoints(it as ClusterLoadAssignmentJson),
  'envoy.extensions.transport_sockets.tls.v3.Secret': (it) => checkSecret(it as SecretJson),
  'envoy.config.route.v3.RouteConfiguration': (it, registry) => {
    const reasons = checkRouteConfiguration(it as RouteConfigurationJson, registry)
    if (reasons.length > 0) refuse(reasons.join('; '))
  },
}
