/** The types that the server treats in a way of their own. */
export interface TypeUrls {
  readonly cluster: string
  readonly endpoint: string
  readonly listener: string
  readonly route: string
  readonly secret: string
}

const prefix = 'type.googleapis.com/envoy.'

/** Their type URLs. */
export const typeUrls: TypeUrls = {
  cluster: `${prefix}config.cluster.v3.Cluster`,
  endpoint: `${prefix}config.endpoint.v3.ClusterLoadAssignment`,
  listener: `${prefix}config.listener.v3.Listener`,
  route: `${prefix}config.route.v3.RouteConfiguration`,
  secret: `${prefix}extensions.transport_sockets.tls.v3.Secret`,
}

/**
 * The order of a push, make before break: what is referred to goes before what refers to it.
 * Types that are not listed come last.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations
 */
const pushOrder: readonly string[] = [
  typeUrls.cluster,
  typeUrls.endpoint,
  typeUrls.secret,
  typeUrls.listener,
  typeUrls.route,
]

/** Where a type stands in a push; types that share a rank do not wait for each other. */
export function rankOf(typeUrl: string): number {
  const index = pushOrder.indexOf(typeUrl)
  return index === -1 ? pushOrder.length : index
}

/**
 * Whether a state-of-the-world response for this type lists everything, so that absence deletes.
 * The same types know the legacy wildcard: a first request without names.
 */
export function isFullState(typeUrl: string): boolean {
  return typeUrl === typeUrls.cluster || typeUrl === typeUrls.listener
}

/** Whether removals of this type wait until nothing can refer to the removed resources. */
export function removesLast(typeUrl: string): boolean {
  return typeUrl === typeUrls.cluster || typeUrl === typeUrls.endpoint
}

/** Whether a cluster can wait for resources of this type before it is ready. */
export function isNeededByClusters(typeUrl: string): boolean {
  return typeUrl === typeUrls.endpoint || typeUrl === typeUrls.secret
}

/** The type whose resources a client asks for because a resource of this type names them. */
export function dependentType(typeUrl: string): string | undefined {
  if (typeUrl === typeUrls.cluster) return typeUrls.endpoint
  return typeUrl === typeUrls.listener ? typeUrls.route : undefined
}
