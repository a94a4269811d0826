import { nginxPidFile } from './nginx-pid.ts'

/** Where the backend of a benchmark listens, for proxies that balance. The peers use the first. */
export const backendHosts: readonly string[] = ['127.0.0.1', '127.0.0.2', '127.0.0.3']

/** The ports of a proxy, its own and the backend's, and where it finds the backend. */
interface Ports {
  readonly port: number
  readonly backend: number
  /** The first of `backendHosts` alone if not given; our own balances over all. */
  readonly hosts?: readonly string[]
}

const oneHost = backendHosts.slice(0, 1)

/** nginx as one process without logs, around the inside of its `http` block. */
export function nginxFrame(http: string): string {
  return `daemon off; master_process off; worker_processes 1; pid ${nginxPidFile}; error_log stderr crit;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; default_type text/plain; ${http} }
`
}

interface NginxOptions extends Ports {
  /** Words after the address to listen on. */
  readonly listen?: string
  /** The inside of the location that everything goes to; the upstream is called `backend`. */
  readonly location: string
}

/** nginx with kept-alive connections to the backend. */
export function nginxConfig(options: NginxOptions): string {
  const { port, backend, hosts = oneHost, listen = '', location } = options
  const servers = hosts.map((host) => `server ${host}:${backend};`).join(' ')
  return nginxFrame(`
  upstream backend { ${servers} keepalive 128; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port} ${listen}; location / { ${location} } }`)
}

interface HaproxyOptions extends Ports {
  readonly mode: 'http' | 'tcp'
  /** Spoken on both sides, where it is not HTTP/1.1. */
  readonly protocol?: 'h2'
  /** More lines for all. */
  readonly defaults?: readonly string[]
}

/** haproxy on one thread; over HTTP it adds what every proxy here adds: x-forwarded-for and x-request-id. */
export function haproxyConfig(options: HaproxyOptions): string {
  const { port, backend, hosts = oneHost, mode, protocol, defaults = [] } = options
  const servers = hosts.map((host) => `server ${host} ${host}:${backend}${spoken(protocol)}`)
  const ofHttp = [
    'option forwardfor',
    'unique-id-format %[uuid()]',
    'unique-id-header x-request-id',
  ]
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  ${[...(mode === 'http' ? ['http-reuse always'] : []), ...defaults].join('\n  ')}
frontend in
  bind 127.0.0.1:${port}${spoken(protocol)}
  ${(mode === 'http' ? ofHttp : []).join('\n  ')}
  default_backend out
backend out
  ${servers.join('\n  ')}
`
}

function spoken(protocol: string | undefined): string {
  return protocol === undefined ? '' : ` proto ${protocol}`
}

/** What of a bootstrap differs between Envoy's and ours. */
export interface Features {
  /** Routes before the one that matches. */
  readonly otherRoutes: readonly object[]
  readonly managerFields: object
  readonly clusterFields: object
  /** Whether the cluster has all hosts, whatever is asked for. */
  readonly balances: boolean
}

/** Envoy's: one route, no log. */
export const simplest: Features = {
  otherRoutes: [],
  managerFields: {},
  clusterFields: {},
  balances: false,
}

/** Ours: a thousand routes, the less busy of two hosts, limits of connections and requests, an access log. */
export function featured(otherRoutes: readonly object[]): Features {
  const file = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog'
  return {
    otherRoutes,
    managerFields: {
      access_log: [{ name: 'file', typed_config: { '@type': file, path: '/dev/null' } }],
    },
    clusterFields: {
      lb_policy: 'LEAST_REQUEST',
      circuit_breakers: { thresholds: [{ max_connections: 1024, max_requests: 1024 }] },
    },
    balances: true,
  }
}

interface BootstrapOptions extends Ports {
  readonly features: Features
  /** More fields of the connection manager, for Envoy and for us. */
  readonly managerFields: object
  /** More fields of the cluster, for Envoy and for us. */
  readonly clusterFields?: object
}

/** A bootstrap with one HTTP listener and one cluster. */
export function httpBootstrap(options: BootstrapOptions): string {
  const { port, backend, hosts = oneHost, features, managerFields, clusterFields } = options
  const extensions = 'type.googleapis.com/envoy.extensions.filters'
  const everything = { match: { prefix: '/' }, route: { cluster: 'backend', timeout: '15s' } }
  const router = { '@type': `${extensions}.http.router.v3.Router` }
  const manager = {
    '@type': `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    use_remote_address: true,
    ...features.managerFields,
    ...managerFields,
    route_config: {
      name: 'routes',
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [...features.otherRoutes, everything] },
      ],
    },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: router }],
  }
  return bootstrap({
    port,
    backend,
    filter: { name: 'envoy.filters.network.http_connection_manager', typed_config: manager },
    clusterFields: { ...features.clusterFields, ...clusterFields },
    hosts: features.balances ? backendHosts : hosts,
  })
}

/** A bootstrap that relays bytes to one host. */
export function tcpBootstrap({ port, backend }: Ports): string {
  const type = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
  const relay = { '@type': type, stat_prefix: 'in', cluster: 'backend' }
  const filter = { name: 'envoy.filters.network.tcp_proxy', typed_config: relay }
  return bootstrap({ port, backend, filter, clusterFields: {}, hosts: oneHost })
}

interface Frame extends Ports {
  readonly filter: object
  readonly clusterFields: object
  readonly hosts: readonly string[]
}

/** As JSON, which is YAML too. */
function bootstrap({ port, backend, filter, clusterFields, hosts }: Frame): string {
  const at = (address: string, port_value: number): object => ({
    socket_address: { address, port_value },
  })
  const lb_endpoints = hosts.map((host) => ({ endpoint: { address: at(host, backend) } }))
  return JSON.stringify({
    node: { id: 'bench', cluster: 'bench' },
    static_resources: {
      listeners: [
        { name: 'in', address: at('127.0.0.1', port), filter_chains: [{ filters: [filter] }] },
      ],
      clusters: [
        {
          name: 'backend',
          type: 'STATIC',
          connect_timeout: '1s',
          ...clusterFields,
          load_assignment: { cluster_name: 'backend', endpoints: [{ lb_endpoints }] },
        },
      ],
    },
  })
}
