import {
  backendHosts,
  type Features,
  featured,
  haproxyConfig,
  httpBootstrap,
  nginxConfig,
  simplest,
} from '../proxy-configs.ts'
import { envoy, haproxy, miniProxy, nginx, type ProxyUnderTest } from '../proxy-under-test.ts'

/**
 * Every proxy of the run, each on one thread. The peers are in their simplest configuration; our own routes over 1 000 routes,
 * picks the less busy of two hosts, breaks circuits and writes an access log. All have the same hosts: over how many connections
 * the calls go to the backend decides how many share a write.
 */
export function grpcProxies(
  envoyPath: string,
  firstPort: number,
  backend: number,
): readonly ProxyUnderTest[] {
  const at = (index: number): { port: number; backend: number; hosts: readonly string[] } => ({
    port: firstPort + index,
    backend,
    hosts: backendHosts,
  })
  const xds = (index: number, features: Features): string =>
    httpBootstrap({ ...at(index), features, managerFields: { codec_type: 'AUTO' }, clusterFields })
  const location = 'grpc_pass grpc://backend;'
  const nginxFile = nginxConfig({ ...at(0), listen: 'http2', location })
  const haproxyFile = haproxyConfig({ ...at(1), mode: 'http', protocol: 'h2' })
  return [
    nginx({ name: 'nginx', port: at(0).port, config: nginxFile }),
    haproxy({ name: 'haproxy', port: at(1).port, config: haproxyFile }),
    envoy(envoyPath, { name: 'envoy', port: at(2).port, config: xds(2, simplest) }),
    miniProxy({ name: 'mini-proxy', port: at(3).port, config: xds(3, featured(otherRoutes)) }),
  ]
}

const otherRoutes = Array.from({ length: 999 }, (_, i) => ({
  match: { prefix: `/other.Service${i}/` },
  route: { cluster: 'backend' },
}))

const http2 = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const clusterFields = {
  typed_extension_protocol_options: {
    [http2]: {
      '@type': `type.googleapis.com/${http2}`,
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
}
