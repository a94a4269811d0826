import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestListener,
} from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createCircuitThresholds } from '@meshwright/circuit-breaker'
import type { compileRoutes } from '@meshwright/route-matcher'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import { afterEach } from 'vitest'
import type { Cluster, UpstreamHost } from '../../src/cluster/cluster.ts'
import { clusterCounters } from '../../src/cluster/cluster-counters.ts'
import { createBreakers } from '../../src/cluster/priority-breaker.ts'
import { defaultAmbient } from '../../src/defaults.ts'
import { createFilterRegistry } from '../../src/filters/filter-registry.ts'
import type { HttpFilterType } from '../../src/filters/http-filter.ts'
import type { HcmContext } from '../../src/hcm/hcm-context.ts'
import {
  checkHttpConnectionManager,
  createHttpConnectionManager,
} from '../../src/hcm/http-connection-manager.ts'
import { createHttp1Pool } from '../../src/http1/http1-pool.ts'
import type { NetworkFilter } from '../../src/network/network-filter.ts'
import { calmState } from '../../src/overload/overload-state.ts'
import { createStatsStore, type StatsStore } from '../../src/stats/stats-store.ts'
import { watchEnded } from '../leaks/watched-stats.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const run of cleanups.splice(0).reverse()) run()
})

export function listen(server: Server): Promise<number> {
  cleanups.push(() => server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** A node:http upstream. */
export function upstream(handler: RequestListener): Promise<number> {
  const server = createHttpServer(handler)
  cleanups.push(() => server.closeAllConnections())
  return listen(server)
}

/** An upstream that does with its connections what it likes. */
export function rawUpstream(onConnection: (socket: Socket) => void): Promise<number> {
  return listen(
    createServer((socket) => {
      socket.on('error', () => {})
      cleanups.push(() => socket.destroy())
      onConnection(socket)
    }),
  )
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A handler that answers with what it saw. */
export const reflect: RequestListener = (request, response) => {
  const body: Buffer[] = []
  request.on('data', (chunk: Buffer) => body.push(chunk))
  request.on('end', () => {
    const { method, url, headers } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(body).toString() }))
  })
}

export interface TestClusterOptions {
  ports: number[]
  maxRequests?: number
  connectTimeoutMs?: number
}

export interface ProxyOptions {
  /** Ports of the hosts by cluster. */
  clusters?: Record<string, number[] | TestClusterOptions>
  /** Fields beside the filters and routes. */
  manager?: HttpConnectionManagerJson
  routes?: RouteConfigurationJson | NonNullable<RouteConfigurationJson['virtualHosts']>
  /** Filters before the router. */
  filters?: NonNullable<HttpConnectionManagerJson['httpFilters']>
  router?: object
  customFilters?: HttpFilterType[]
  context?: Partial<HcmContext>
}

export interface ProxyUnderTest {
  port: number
  filter: NetworkFilter
  stats: StatsStore
  lines: string[]
  warnings: string[]
  clusters: Map<string, Cluster>
  tables: Map<string, ReturnType<typeof compileRoutes>>
}

/** One route to one cluster. */
export const toBackend: NonNullable<RouteConfigurationJson['virtualHosts']> = [
  {
    name: 'all',
    domains: ['*'],
    routes: [{ match: { prefix: '/' }, route: { cluster: 'backend' } }],
  },
]

const routerFilter = {
  name: 'envoy.filters.http.router',
  typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

/** A connection manager on a port of its own. */
export async function startProxy(options: ProxyOptions = {}): Promise<ProxyUnderTest> {
  const stats = createStatsStore()
  const lines: string[] = []
  const warnings: string[] = []
  const clusters = new Map(
    Object.entries(options.clusters ?? {}).map(([name, it]) => [
      name,
      testCluster(name, Array.isArray(it) ? { ports: it } : it, stats),
    ]),
  )
  const { routes = toBackend } = options
  const tables = new Map<string, ReturnType<typeof compileRoutes>>()
  const filters = createFilterRegistry(options.customFilters ?? [])
  const routeConfig: RouteConfigurationJson = Array.isArray(routes)
    ? { name: 'inline', virtualHosts: routes }
    : (routes as RouteConfigurationJson)
  const config: HttpConnectionManagerJson = {
    statPrefix: 'test',
    ...(options.manager?.rds === undefined ? { routeConfig } : {}),
    ...options.manager,
    httpFilters: [
      ...(options.filters ?? []),
      { ...routerFilter, typedConfig: { ...routerFilter.typedConfig, ...options.router } },
    ],
  }
  const reasons = checkHttpConnectionManager(config, filters)
  if (reasons.length > 0) throw new Error(reasons.join('; '))
  const filter = createHttpConnectionManager(config, {
    ...defaultAmbient,
    clusters: () => clusters,
    routeTables: () => tables,
    filters,
    stats,
    warnOnce: (_key, message) => warnings.push(message),
    accessLog: (line) => lines.push(line),
    nodeId: 'test-node',
    overload: calmState(),
    health: { failed: false },
    ...options.context,
  })
  cleanups.push(() => {
    filter.close()
    watchEnded(stats)
  })
  let id = 0
  const port = await listen(
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      socket.on('error', () => {})
      id += 1
      filter.onConnection(socket, {
        id,
        remoteAddress: socket.remoteAddress ?? '',
        remotePort: socket.remotePort ?? 0,
        localAddress: socket.localAddress ?? '',
        localPort: socket.localPort ?? 0,
        tls: undefined,
      })
    }),
  )
  return { port, filter, stats, lines, warnings, clusters, tables }
}

function testCluster(
  name: string,
  { ports, maxRequests = 1024, connectTimeoutMs = 1000 }: TestClusterOptions,
  stats: StatsStore,
): Cluster {
  let turn = 0
  const scope = stats.scope(`cluster.${name}`)
  const breakers = createBreakers(createCircuitThresholds({ default: { maxRequests } }), scope)
  const hosts = ports.map((port): UpstreamHost => {
    const pool = createHttp1Pool({
      connect: () => connect(port, '127.0.0.1'),
      connectEvent: 'connect',
      connectTimeoutMs,
      idleTimeoutMs: 60_000,
      maxRequestsPerConnection: Number.POSITIVE_INFINITY,
      timers: defaultAmbient.timers,
      breaker: breakers.default,
    })
    cleanups.push(() => pool.close())
    return {
      address: `127.0.0.1:${port}`,
      hostname: `host-${port}.test`,
      metadata: {},
      activeRequests: 0,
      httpPool: () => pool,
      admitConnection: () => true,
      releaseConnection() {},
      preconnect: () => false,
      releaseRequest: (priority) => breakers[priority].releaseRequest(),
      reportAnswer() {},
      reportResult() {},
      connect: () => connect(port, '127.0.0.1'),
      openAdmitted: () => ({ connection: connect(port, '127.0.0.1'), connected: false }),
      connectEvent: 'connect',
    } as UpstreamHost
  })
  return {
    name,
    originalDestinationHeader: undefined,
    connectTimeoutMs,
    dropRatio: 0,
    pick: () => hosts[turn++ % hosts.length],
    admitRetry: (priority) => breakers[priority].admitRetry(),
    releaseRetry: (priority) => breakers[priority].releaseRetry(),
    stats: scope,
    counters: clusterCounters(scope),
    get requests() {
      return breakers.default.thresholds.requests.active
    },
  } as Cluster
}

export interface Call {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  trailers: Record<string, string | undefined>
  body: string
}

/** Calls through node:http, on a connection of its own. */
export function call(
  port: number,
  path = '/',
  { method, headers, body }: Call = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', path, method: method ?? 'GET', headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            trailers: response.trailers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** What the upstream that reflects has seen of a request. */
export async function seen(
  port: number,
  path = '/',
  options: Call = {},
): Promise<{ method: string; url: string; headers: Record<string, string>; body: string }> {
  return JSON.parse((await call(port, path, options)).body)
}

/** Sends `text` and gives all that came back until the proxy closed. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const got: Buffer[] = []
    socket.on('data', (chunk: Buffer) => got.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(got).toString('latin1')))
    socket.on('error', reject)
    socket.write(text, 'latin1')
    cleanups.push(() => socket.destroy())
  })
}
