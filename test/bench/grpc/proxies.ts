import { fileURLToPath } from 'node:url'
import { nginxPidFile } from '../nginx-pid.ts'

/** A proxy under test: the file it reads, and how it is started on it. */
export interface GrpcProxy {
  readonly name: string
  readonly port: number
  readonly fileName: string
  config(backendPort: number): string
  command(file: string): readonly string[]
}

const cli = fileURLToPath(new URL('main.js', import.meta.resolve('@meshwright/cli')))

/** Every proxy of the run, each on one thread. Only ours has a thousand routes, breakers, statistics and an access log. */
export function grpcProxies(envoy: string, firstPort: number): readonly GrpcProxy[] {
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
      config: (backend) => xds(firstPort + 2, backend, plain),
      command: (file) => [
        ...[envoy, '--disable-hot-restart', '--concurrency', '1', '-l', 'error', '-c', file],
      ],
    },
    {
      name: 'mini-proxy',
      port: firstPort + 3,
      fileName: 'mini-proxy.yaml',
      config: (backend) => xds(firstPort + 3, backend, featured),
      command: (file) => [process.execPath, cli, 'proxy', '--bootstrap', file],
    },
  ]
}

function nginx(port: number, backend: number): string {
  return `daemon off; master_process off; worker_processes 1; pid ${nginxPidFile}; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 100000000;
  upstream backend { server 127.0.0.1:${backend}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} http2;
    location / { grpc_pass grpc://backend; }
  }
}
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
  http-reuse always
frontend in
  bind 127.0.0.1:${port} proto h2
  option forwardfor
  unique-id-format %[uuid()]
  unique-id-header x-request-id
  default_backend out
backend out
  server one 127.0.0.1:${backend} proto h2
`
}

interface Parts {
  readonly routes: string
  readonly accessLog: string
}

const plain: Parts = {
  routes: '[{ match: { prefix: / }, route: { cluster: backend, timeout: 15s } }]',
  accessLog: '[]',
}

const otherRoutes = 999
const featured: Parts = {
  routes: `[${Array.from(
    { length: otherRoutes },
    (_, i) => `{ match: { prefix: /other.Service${i}/ }, route: { cluster: backend } }`,
  ).join(', ')}, { match: { prefix: / }, route: { cluster: backend, timeout: 15s } }]`,
  accessLog: `[{ name: file, typed_config: { "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: /dev/null } }]`,
}

function xds(port: number, backend: number, { routes, accessLog }: Parts): string {
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
                codec_type: AUTO
                use_remote_address: true
                access_log: ${accessLog}
                route_config:
                  name: routes
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes: ${routes}
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: backend
      type: STATIC
      connect_timeout: 1s
      lb_policy: LEAST_REQUEST
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
      load_assignment:
        cluster_name: backend
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${backend} } } }
`
}
