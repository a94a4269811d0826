import { otherHttpRoutes } from '../other-http-routes.ts'
import {
  type Features,
  featured,
  haproxyConfig,
  httpBootstrap,
  nginxConfig,
  simplest,
} from '../proxy-configs.ts'
import {
  envoy,
  haproxy,
  miniProxy,
  nginx,
  nodeProgram,
  type ProxyUnderTest,
} from '../proxy-under-test.ts'

/** Every proxy of the run, each on one thread, told to let WebSockets through; else as for HTTP/1.1. */
export function websocketProxies(
  envoyPath: string,
  firstPort: number,
  backend: number,
): readonly ProxyUnderTest[] {
  const at = (index: number): { port: number; backend: number } => ({
    port: firstPort + index,
    backend,
  })
  const managerFields = { codec_type: 'HTTP1', upgrade_configs: [{ upgrade_type: 'websocket' }] }
  const xds = (index: number, features: Features): string =>
    httpBootstrap({ ...at(index), features, managerFields })
  const defaults = ['timeout tunnel 60s']
  const haproxyFile = haproxyConfig({ ...at(1), mode: 'http', defaults })
  const ours = featured(otherHttpRoutes)
  const ofNpm = new URL('../http1/http-proxy-3-proxy.ts', import.meta.url)
  return [
    nginx({ name: 'nginx', port: at(0).port, config: nginxConfig({ ...at(0), location }) }),
    haproxy({ name: 'haproxy', port: at(1).port, config: haproxyFile }),
    envoy(envoyPath, { name: 'envoy', port: at(2).port, config: xds(2, simplest) }),
    miniProxy({ name: 'mini-proxy', port: at(3).port, config: xds(3, ours) }),
    miniProxy({ name: 'mini-proxy, portable', port: at(4).port, config: xds(4, ours) }, 'portable'),
    nodeProgram(ofNpm, { name: 'http-proxy-3', port: at(5).port, config: JSON.stringify(at(5)) }),
  ]
}

const location = `
  proxy_pass http://backend;
  proxy_http_version 1.1;
  proxy_set_header Connection "upgrade";
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Request-Id $request_id;`
