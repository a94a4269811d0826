import { fileURLToPath } from 'node:url'

/** A proxy under test: the file it reads, and how it is started on it. */
export interface ProxyUnderTest {
  readonly name: string
  readonly port: number
  readonly fileName: string
  config(backendPort: number): string
  command(file: string): readonly string[]
}

const cli = fileURLToPath(new URL('main.js', import.meta.resolve('@meshwright/cli')))

/** Every proxy of the run, each on one thread, each in its simplest configuration, without access log. */
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
      config: (backend) => xds(firstPort + 2, backend),
      command: (file) => [
        ...[envoy, '--disable-hot-restart', '--concurrency', '1', '-l', 'error', '-c', file],
      ],
    },
    {
      name: 'mini-proxy',
      port: firstPort + 3,
      fileName: 'mini-proxy.yaml',
      // The very configuration that Envoy gets, on another port.
      config: (backend) => xds(firstPort + 3, backend),
      command: (file) => [process.execPath, cli, 'proxy', '--bootstrap', file],
    },
  ]
}

/** nginx as the backend: 1 KB from memory. */
export function backendConfig(port: number, body: string): string {
  return nginxFrame(`server { listen 127.0.0.1:${port}; location / { return 200 "${body}"; } }`)
}

function nginx(port: number, backend: number): string {
  return nginxFrame(`
  upstream backend { server 127.0.0.1:${backend}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Request-Id $request_id;
    }
  }`)
}

function nginxFrame(http: string): string {
  return `daemon off; master_process off; worker_processes 1; pid /dev/null; error_log stderr crit;
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

function xds(port: number, backend: number): string {
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
                use_remote_address: true
                route_config:
                  name: routes
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes: [{ match: { prefix: / }, route: { cluster: backend, timeout: 15s } }]
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: backend
      type: STATIC
      connect_timeout: 1s
      load_assignment:
        cluster_name: backend
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${backend} } } }
`
}
