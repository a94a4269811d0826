import { otherHttpRoutes } from '../other-http-routes.ts'
import {
  backendHosts,
  featured,
  haproxyConfig,
  httpBootstrap,
  nginxConfig,
  nginxFrame,
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

/**
 * The proxies of every run, each on one thread. The peers are in their simplest configuration, without access log; our own routes
 * over 1 000 routes, picks the less busy of two hosts, breaks circuits and writes an access log.
 */
export function http1Proxies(
  envoyPath: string,
  firstPort: number,
  backend: number,
): readonly ProxyUnderTest[] {
  const port = (index: number): number => firstPort + index
  const at = (index: number): { port: number; backend: number } => ({ port: port(index), backend })
  const ours = featured(otherHttpRoutes)
  const managerFields = { codec_type: 'HTTP1' }
  const xds = (index: number, features = ours): string =>
    httpBootstrap({ ...at(index), features, managerFields })
  return [
    nginx({ name: 'nginx', port: port(0), config: nginxConfig({ ...at(0), location }) }),
    haproxy({
      name: 'haproxy',
      port: port(1),
      config: haproxyConfig({ ...at(1), mode: 'http' }),
    }),
    envoy(envoyPath, { name: 'envoy', port: port(2), config: xds(2, simplest) }),
    miniProxy({ name: 'mini-proxy', port: port(3), config: xds(3) }),
    miniProxy({ name: 'mini-proxy, portable', port: port(4), config: xds(4) }, 'portable'),
  ]
}

/** Reverse proxies of npm, each a small program that does what the others do here. */
export function npmProxies(firstPort: number, backend: number): readonly ProxyUnderTest[] {
  const programs = {
    undici: './undici-proxy.ts',
    '@fastify/http-proxy': './fastify-proxy.ts',
    'http-proxy-3': './http-proxy-3-proxy.ts',
  }
  return Object.entries(programs).map(([name, program], index) => {
    const port = firstPort + index
    const config = JSON.stringify({ port, backend })
    return nodeProgram(new URL(program, import.meta.url), { name, port, config })
  })
}

/** nginx as the backend, on as many addresses as the proxies balance over: one body of whole KB from memory. */
export function backendConfig(port: number, bodyBytes: number): string {
  const listens = backendHosts.map((host) => `listen ${host}:${port};`).join(' ')
  // Its configuration takes no word of more than 4 KB.
  const body = `set $kilobyte "${'x'.repeat(1024)}"; return 200 "${'$kilobyte'.repeat(bodyBytes / 1024)}";`
  return nginxFrame(`server { ${listens} location / { ${body} } }`)
}

const location = `
  proxy_pass http://backend;
  proxy_http_version 1.1;
  proxy_buffer_size 32k;
  proxy_buffers 8 32k;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Request-Id $request_id;`
