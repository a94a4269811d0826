import type {
  RouteConfigurationJson,
  VirtualHostJson,
} from '@meshwright/xds-types/envoy/config/route/v3'
import { passthroughCluster } from './names.ts'
import { everyRequest } from './route-match.ts'

// A direct response may be this long; Envoy's default of 4096 is short of Istio's promise.
const maxDirectResponseBytes = 1_048_576
const badGateway = 502

/** A route configuration in the form that all of ours have. */
export function routeConfiguration(
  name: string,
  virtualHosts: readonly VirtualHostJson[],
  ignorePort: boolean,
): RouteConfigurationJson {
  return {
    name,
    virtualHosts: withoutTakenDomains(virtualHosts),
    validateClusters: false,
    maxDirectResponseBodySizeBytes: maxDirectResponseBytes,
    ...(ignorePort && { ignorePortInHostMatching: true }),
  }
}

/** What becomes of requests for hosts that nobody declared: passed through, or refused. */
export function catchAllVirtualHost(refuse: boolean): VirtualHostJson {
  const name = refuse ? 'block_all' : 'allow_any'
  const action = refuse
    ? { directResponse: { status: badGateway } }
    : { route: { cluster: passthroughCluster, timeout: '0s', maxGrpcTimeout: '0s' } }
  return {
    name,
    domains: ['*'],
    routes: [{ name, match: everyRequest, ...action }],
    includeRequestAttemptCount: true,
  }
}

/** Envoy refuses a domain that occurs twice: the first virtual host keeps it. */
function withoutTakenDomains(virtualHosts: readonly VirtualHostJson[]): readonly VirtualHostJson[] {
  const taken = new Set<string>()
  const kept: VirtualHostJson[] = []
  for (const virtualHost of virtualHosts) {
    const domains = (virtualHost.domains ?? []).filter((domain) => {
      const key = domain.toLowerCase()
      if (taken.has(key)) return false
      taken.add(key)
      return true
    })
    if (domains.length > 0) kept.push({ ...virtualHost, domains })
  }
  return kept
}
