import {
  type HostSet,
  type HostSetOptions,
  hostSet,
  type LocalityHosts,
} from '@meshwright/lb-algorithms'
import type { UpstreamHost } from './cluster.ts'
import type { ConnectedHost } from './connected-host.ts'
import type { EndpointSpec, LocalitySpec } from './endpoint-spec.ts'

/** A locality with the hosts that stand for its endpoints. */
export interface HostLocality extends Omit<LocalitySpec, 'endpoints'> {
  readonly hosts: readonly { readonly endpoint: EndpointSpec; readonly host: ConnectedHost }[]
}

/** The hosts of a cluster as balancers take them. */
export function hostSetOf(
  localities: readonly HostLocality[],
  options: HostSetOptions,
): HostSet<UpstreamHost> {
  return hostSet(localities.map(localityHosts), options)
}

/** What is known of the health of a host, by configuration and by what it did. */
export function healthOf({
  endpoint,
  host,
}: HostLocality['hosts'][number]): EndpointSpec['health'] {
  return host.ejected ? 'unhealthy' : endpoint.health
}

function localityHosts(locality: HostLocality): LocalityHosts<UpstreamHost> {
  return {
    locality: locality.locality,
    priority: locality.priority,
    ...(locality.weight !== undefined && { weight: locality.weight }),
    hosts: locality.hosts.map((it) => ({
      host: it.host,
      weight: it.endpoint.weight,
      health: healthOf(it),
      healthySince: it.host.healthySince,
      // The same object for as long as the endpoint: subsets keep what they found in it.
      metadata: it.endpoint.metadata['envoy.lb'] ?? noMetadata,
    })),
  }
}

const noMetadata = {}
