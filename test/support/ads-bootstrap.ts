/** State of the world or delta. */
export type ApiType = 'GRPC' | 'DELTA_GRPC'

/** Who asks for configuration, where, and how. */
export interface BootstrapOptions {
  /** `sidecar~IP~name.namespace~namespace.svc.cluster.local` */
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  /** `host:port` of the control plane. */
  readonly xdsAddress: string
  readonly apiType: ApiType
}

/** An Envoy bootstrap (JSON is YAML) that takes everything from one ADS stream. */
export function adsBootstrap({ id, labels, xdsAddress, apiType }: BootstrapOptions): string {
  const [address, port] = xdsAddress.split(':')
  const [, , workload = ''] = id.split('~')
  const fromAds = { ads: {}, resource_api_version: 'V3' }
  return JSON.stringify({
    node: {
      id,
      cluster: 'test',
      metadata: {
        NAMESPACE: workload.split('.')[1],
        INTERCEPTION_MODE: 'NONE',
        LABELS: labels,
      },
    },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
    dynamic_resources: {
      ads_config: {
        api_type: apiType,
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      cds_config: fromAds,
      lds_config: fromAds,
    },
    static_resources: {
      clusters: [
        {
          name: 'xds-grpc',
          type: 'STATIC',
          connect_timeout: '1s',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'xds-grpc',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: {
                      address: {
                        socket_address: { address, port_value: Number(port) },
                      },
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
  })
}
