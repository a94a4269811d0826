/** A program of Bookinfo and where it lives. */
export interface Workload {
  readonly name: string
  readonly app: string
  readonly version: string
  readonly address: string
}

/** Every workload that has an application; the ingress has none. */
export const workloads: readonly Workload[] = [
  { name: 'productpage-v1', app: 'productpage', version: 'v1', address: '127.0.1.1' },
  { name: 'details-v1', app: 'details', version: 'v1', address: '127.0.1.2' },
  { name: 'reviews-v1', app: 'reviews', version: 'v1', address: '127.0.1.3' },
  { name: 'reviews-v2', app: 'reviews', version: 'v2', address: '127.0.1.4' },
  { name: 'reviews-v3', app: 'reviews', version: 'v3', address: '127.0.1.5' },
  { name: 'ratings-v1', app: 'ratings', version: 'v1', address: '127.0.1.6' },
]

export const ingress: Workload = {
  name: 'ingress',
  app: 'ingress',
  version: 'v1',
  address: '127.0.1.10',
}

export const ports = { app: 8080, service: 9080, outbound: 15080, admin: 15000 } as const

export const controlPlane = { xds: '127.0.1.100:15010', debug: '127.0.1.100:8080' } as const

/** What a user of the shop types, and the name that the ingress answers to. */
export const shop = {
  url: `http://${ingress.address}:8080/productpage`,
  host: 'bookinfo.example.org',
} as const

/** A bootstrap in Envoy's own format: our proxy and real Envoy read the same one. */
export function bootstrapOf(workload: Workload): string {
  const kind = workload === ingress ? 'router' : 'sidecar'
  const [host, port] = controlPlane.xds.split(':')
  return `node:
  id: ${kind}~${workload.address}~${workload.name}.default~default.svc.cluster.local
  cluster: ${workload.app}.default
  metadata:
    NAMESPACE: default
    INTERCEPTION_MODE: NONE
    LABELS: { app: ${workload.app}, version: ${workload.version} }
admin:
  address: { socket_address: { address: ${workload.address}, port_value: ${ports.admin} } }
dynamic_resources:
  ads_config:
    api_type: DELTA_GRPC
    transport_api_version: V3
    grpc_services: [{ envoy_grpc: { cluster_name: xds-grpc } }]
  cds_config: { ads: {}, resource_api_version: V3 }
  lds_config: { ads: {}, resource_api_version: V3 }
static_resources:
  clusters:
    - name: xds-grpc
      type: STATIC
      connect_timeout: 1s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
      load_assignment:
        cluster_name: xds-grpc
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: ${host}, port_value: ${port} } } }
`
}
