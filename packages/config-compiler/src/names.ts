/** Clusters that every proxy has, by Istio's names. */
export const blackHoleCluster = 'BlackHoleCluster'
/** Where outbound traffic to unknown destinations goes, unchanged. */
export const passthroughCluster = 'PassthroughCluster'
/** Where inbound traffic to undeclared ports goes, unchanged. */
export const inboundPassthroughCluster = 'InboundPassthroughCluster'
/** The routes of the listeners that applications use as an HTTP proxy. */
export const httpProxyRoutes = 'http_proxy'

/** The name of an outbound cluster: `outbound|9080|v1|reviews.default.svc.cluster.local`. */
export function outboundCluster(host: string, port: number, subset = ''): string {
  return `outbound|${port}|${subset}|${host}`
}

/** The name of an inbound cluster: `inbound|9080||`. */
export function inboundCluster(port: number): string {
  return `inbound|${port}||`
}

/** Where Istio says a resource comes from: `/apis/networking.istio.io/v1/namespaces/…`. */
export function configPath(kind: string, namespace: string, name: string): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/${kind}/${name}`
}

/** The type URL of a message, the `@type` of an Any. */
export function typeUrl<const Name extends string>(name: Name): `type.googleapis.com/${Name}` {
  return `type.googleapis.com/${name}`
}
