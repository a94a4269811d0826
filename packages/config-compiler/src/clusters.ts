import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { connectionPool, httpProtocol } from './connection-pool.ts'
import { type ClusterTarget, clusterNameOf, loadAssignment } from './endpoints.ts'
import { isPassthrough, loadBalancing, outlierDetection } from './load-balancing.ts'
import { isDistributed, localitySetting } from './locality.ts'
import { typeUrl } from './names.ts'
import { present } from './present.ts'
import { isHttp2, trafficOf } from './protocol.ts'
import type { Scope } from './scope.ts'
import { policyFor } from './traffic-policy.ts'

/** Every outbound cluster a proxy is to have: each port of each service, then its subsets. */
export function clusterTargets(scope: Scope): readonly ClusterTarget[] {
  const targets: ClusterTarget[] = []
  for (const service of scope.services.values()) {
    const rule = scope.destinationRuleOf(service)
    for (const port of service.ports) {
      if (trafficOf(port.protocol) === undefined) continue
      targets.push({ service, port, policy: policyFor(scope.mesh, rule, port.number) })
      for (const subset of rule?.subsets ?? []) {
        const policy = policyFor(scope.mesh, rule, port.number, subset.name)
        targets.push({ service, port, subset, policy })
      }
    }
  }
  return targets
}

/** Whether the endpoints of a target are sent apart from its cluster. */
export function usesEds({ service, policy }: ClusterTarget): boolean {
  return service.resolution === 'static' && !isPassthrough(policy)
}

/** The cluster of one target, for Envoy and our proxy. */
export function outboundClusterOf(scope: Scope, target: ClusterTarget): ClusterJson {
  const { port, policy } = target
  return {
    name: clusterNameOf(target),
    ...connectionPool(policy, scope.mesh),
    ...discovery(scope, target),
    ...outlierDetection(policy.outlierDetection),
    ...httpProtocol(policy.connectionPool, isHttp2(port.protocol), scope.mesh),
    ...proxyProtocol(target),
    metadata: clusterMetadata(scope, target),
  }
}

/** What Istio's own tools show of a cluster. */
export function clusterMetadata(
  scope: Scope,
  { service, subset }: Pick<ClusterTarget, 'service' | 'subset'>,
): NonNullable<ClusterJson['metadata']> {
  const { hostname, namespace, registry } = service
  const name = registry === 'kubernetes' ? service.name : hostname
  return {
    filterMetadata: {
      istio: present({
        config: scope.destinationRuleOf(service)?.config,
        external: service.location === 'external' ? true : undefined,
        services: [{ host: hostname, name, namespace }],
        subset: subset?.name,
      }),
    },
  }
}

function discovery(scope: Scope, target: ClusterTarget): ClusterJson {
  const name = clusterNameOf(target)
  const { service, policy } = target
  if (service.resolution === 'none' || isPassthrough(policy)) {
    return { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', commonLbConfig: {} }
  }
  const distributed = isDistributed(localitySetting(policy, scope.mesh), scope.locality)
  const balancing = loadBalancing(policy, distributed)
  if (service.resolution === 'static') {
    return {
      type: 'EDS',
      edsClusterConfig: {
        edsConfig: { ads: {}, initialFetchTimeout: '0s', resourceApiVersion: 'V3' },
        serviceName: name,
      },
      ...balancing,
    }
  }
  return {
    type: service.resolution === 'dns' ? 'STRICT_DNS' : 'LOGICAL_DNS',
    loadAssignment: loadAssignment(scope, target),
    dnsLookupFamily: 'V4_ONLY',
    dnsRefreshRate: scope.mesh.dnsRefreshRate ?? '60s',
    dnsJitter: '0.100s',
    respectDnsTtl: true,
    ...resolver(scope),
    ...balancing,
  }
}

/** Our proxy resolves names by itself; Envoy is told to use c-ares, as by Istio. */
function resolver({ proxy }: Scope): Pick<ClusterJson, 'typedDnsResolverConfig'> {
  if (proxy.client !== 'envoy') return {}
  const name = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
  return {
    typedDnsResolverConfig: {
      name: 'envoy.network.dns_resolver.cares',
      typedConfig: { '@type': typeUrl(name), udpMaxQueries: 100 },
    },
  }
}

function proxyProtocol({ policy }: ClusterTarget): Pick<ClusterJson, 'transportSocket'> {
  if (policy.proxyProtocol === undefined) return {}
  const rawBuffer = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'
  const wrapper =
    'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'
  return {
    transportSocket: {
      name: 'envoy.transport_sockets.upstream_proxy_protocol',
      typedConfig: {
        '@type': typeUrl(wrapper),
        config: { version: policy.proxyProtocol.version ?? 'V1' },
        transportSocket: {
          name: 'envoy.transport_sockets.raw_buffer',
          typedConfig: { '@type': typeUrl(rawBuffer) },
        },
      },
    },
  }
}
