import { fileURLToPath } from 'node:url'
import { nginxPidFile } from '../nginx-pid.ts'

/** A proxy under test: the file it reads, and how it is started on it. */
export interface ProxyUnderTest {
  readonly name: string
  readonly port: number
  readonly fileName: string
  config(backendPort: number): string
  command(file: string): readonly string[]
  /** Set for its process, besides what the benchmark has. */
  readonly environment?: Readonly<Record<string, string>>
}

const cli = fileURLToPath(new URL('main.js', import.meta.resolve('@meshwright/cli')))

/**
 * Every proxy of the run, each on one thread. The peers are in their simplest configuration, without access log; our own routes
 * over 1 000 routes, picks the less busy of two hosts, breaks circuits and writes an access log.
 */
export function proxiesUnderTest(envoy: string, firstPort: number): readonly ProxyUnderTest[] {
  return [
    {
      name: 'nginx',
      port: firstPort,
      fileName: 'nginx.conf',
      config: (backend) => nginx(firstPort, backend),
      command: (file) => ['nginx', '-c', file],
    },
    {
      name: 'haproxy',
      port: firstPort + 1,
      fileName: 'haproxy.cfg',
      config: (backend) => haproxy(firstPort + 1, backend),
      command: (file) => ['haproxy', '-db', '-f', file],
    },
    {
      name: 'envoy',
      port: firstPort + 2,
      fileName: 'envoy.yaml',
      config: (backend) => xds({ port: firstPort + 2, backend, ...simplest }),
      command: (file) => [
        ...[envoy, '--disable-hot-restart', '--concurrency', '1', '-l', 'error', '-c', file],
      ],
    },
    miniProxy('mini-proxy', firstPort + 3),
    miniProxy('mini-proxy, portable', firstPort + 4, { MESHWRIGHT_IO: 'portable' }),
  ]
}

function miniProxy(
  name: string,
  port: number,
  environment: Readonly<Record<string, string>> = {},
): ProxyUnderTest {
  return {
    name,
    port,
    environment,
    fileName: `${name.replace(', ', '-')}.yaml`,
    config: (backend) => xds({ port, backend, ...features }),
    command: (file) => [process.execPath, cli, 'proxy', '--bootstrap', file],
  }
}

/** nginx as the backend, on as many addresses as the proxies balance over: one body of whole KB from memory. */
export function backendConfig(port: number, bodyBytes: number): string {
  const listens = hosts.map((host) => `listen ${host}:${port};`).join(' ')
  // Its configuration takes no word of more than 4 KB.
  const body = `set $kilobyte "${'x'.repeat(1024)}"; return 200 "${'$kilobyte'.repeat(bodyBytes / 1024)}";`
  return nginxFrame(`server { ${listens} location / { ${body} } }`)
}

const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3']

function nginx(port: number, backend: number): string {
  return nginxFrame(`
  upstream backend { server 127.0.0.1:${backend}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_buffer_size 32k;
      proxy_buffers 8 32k;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Request-Id $request_id;
    }
  }`)
}

function nginxFrame(http: string): string {
  return `daemon off; master_process off; worker_processes 1; pid ${nginxPidFile}; error_log stderr crit;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; default_type text/plain; ${http} }
`
}

function haproxy(port: number, backend: number): string {
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  option forwardfor
  unique-id-format %[uuid()]
  unique-id-header x-request-id
  default_backend out
backend out
  server one 127.0.0.1:${backend}
`
}

/** What of a configuration differs between Envoy's and ours. */
interface Features {
  /** Routes before the one that matches. */
  readonly routes: string
  readonly managerFields: string
  readonly clusterFields: string
  readonly endpoints: readonly string[]
}

const simplest: Features = {
  routes: '',
  managerFields: '',
  clusterFields: '',
  endpoints: ['127.0.0.1'],
}

const features: Features = {
  routes: Array.from({ length: 999 }, (_, i) => {
    const only = i % 5 === 0 ? ', headers: [{ name: x-env, string_match: { exact: test } }]' : ''
    const prefix = `/api/v${i % 3}/s${i % 100}/r${i}/`
    return `                        - { match: { prefix: ${prefix}${only} }, route: { cluster: backend } }\n`
  }).join(''),
  managerFields: `
                access_log:
                  - name: file
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                      path: /dev/null`,
  clusterFields: `
      lb_policy: LEAST_REQUEST
      circuit_breakers: { thresholds: [{ max_connections: 1024, max_requests: 1024 }] }`,
  endpoints: hosts,
}

interface XdsOptions extends Features {
  readonly port: number
  readonly backend: number
}

function xds({ port, backend, ...more }: XdsOptions): string {
  return `node: { id: bench, cluster: bench }
static_resources:
  listeners:
    - name: in
      address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: in
                codec_type: HTTP1
                use_remote_address: true${more.managerFields}
                route_config:
                  name: routes
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
${more.routes}                        - { match: { prefix: / }, route: { cluster: backend, timeout: 15s } }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: backend
      type: STATIC
      connect_timeout: 1s${more.clusterFields}
      load_assignment:
        cluster_name: backend
        endpoints:
          - lb_endpoints:
${more.endpoints.map((host) => `              - endpoint: { address: { socket_address: { address: ${host}, port_value: ${backend} } } }\n`).join('')}`
}
