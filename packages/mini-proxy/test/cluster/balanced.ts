import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../../src/index.ts'
import { http, listener } from '../resources.ts'

/** Servers that answer with their names, a proxy in front of them, and what is to be closed in the end. */
export class Balanced implements AsyncDisposable {
  readonly #closing: (() => unknown)[] = []
  #proxy: MeshProxy | undefined

  get proxy(): MeshProxy {
    if (this.#proxy === undefined) throw new Error('nothing was applied')
    return this.#proxy
  }

  /** A server on a loopback port that answers `name`, or what `answer` does. */
  async host(
    name: string,
    answer = (_request: IncomingMessage, response: ServerResponse): unknown => response.end(name),
  ): Promise<number> {
    const server = createServer(answer)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }

  /** Ports of so many servers that answer `a`, `b`, `c` … */
  hosts(count: number): Promise<number[]> {
    return Promise.all(
      Array.from({ length: count }, (_, i) => this.host(String.fromCharCode(97 + i))),
    )
  }

  /** Puts clusters in force, all requests going to the first of them. */
  async apply(
    clusters: readonly ClusterJson[],
    { route = {}, routes, endpoints = [], filters = [], ...options }: ApplyOptions = {},
  ): Promise<void> {
    if (this.#proxy === undefined) {
      const proxy = createProxy(options)
      this.#proxy = proxy
      this.#closing.push(() => proxy.close())
    }
    const to = { match: { prefix: '/' }, route: { cluster: clusters[0]?.name ?? '', ...route } }
    await this.#proxy.apply(
      viewOf({
        listeners: [listener('in', [http('main', { httpFilters: [...filters, router] })])],
        clusters,
        endpoints,
        routes: [
          {
            name: 'main',
            virtualHosts: [{ name: 'all', domains: ['*'], routes: routes ?? [to] }],
          },
        ],
      }),
    )
  }

  /** Status and body of one answer. */
  async ask(path = '/', headers: Record<string, string> = {}): Promise<string> {
    const answer = await this.answer(path, headers)
    return `${answer.status} ${await answer.text()}`
  }

  answer(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.proxy.listeners.get('in')?.port}${path}`, { headers })
  }

  /** How often each answer came for so many requests, one after the other. */
  async tally(
    count: number,
    path = '/',
    headers: (i: number) => Record<string, string> = () => ({}),
  ): Promise<Record<string, number>> {
    const tally: Record<string, number> = {}
    for (let i = 0; i < count; i++) {
      const answer = await this.ask(path, headers(i))
      tally[answer] = (tally[answer] ?? 0) + 1
    }
    return tally
  }

  stat(name: string): number | undefined {
    const found = this.proxy.stats.list().find((it) => it.name === name)?.instrument
    return found?.kind === 'histogram' ? undefined : found?.value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close()
  }
}

const router = {
  name: 'router',
  typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

/** Options count at the first time, when the proxy is made. */
export interface ApplyOptions extends ProxyOptions {
  /** What every request does, besides going to the first cluster. */
  readonly route?: object
  /** In place of the one route. */
  readonly routes?: object[]
  /** HTTP filters before the router. */
  readonly filters?: readonly object[]
  /** Of EDS clusters. */
  readonly endpoints?: readonly ClusterLoadAssignmentJson[]
}

type LocalityJson = NonNullable<NonNullable<ClusterJson['loadAssignment']>['endpoints']>[number]
type EndpointJson = NonNullable<LocalityJson['lbEndpoints']>[number]

/** A loopback endpoint. */
export function endpoint(portValue: number, more: EndpointJson = {}): EndpointJson {
  return { endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } }, ...more }
}

/** Metadata by which subsets are chosen. */
export function labels(lb: Record<string, unknown>): Pick<EndpointJson, 'metadata'> {
  return { metadata: { filterMetadata: { 'envoy.lb': lb } } }
}

/** A STATIC cluster of these localities. */
export function cluster(
  name: string,
  endpoints: readonly LocalityJson[],
  more: Partial<ClusterJson> = {},
): ClusterJson {
  return {
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: { clusterName: name, endpoints },
    ...more,
  }
}

/** An EDS cluster, whose endpoints may change while it stays. */
export function edsCluster(name: string, more: Partial<ClusterJson> = {}): ClusterJson {
  const edsClusterConfig = { edsConfig: { ads: {} } }
  return { name, type: 'EDS', edsClusterConfig, connectTimeout: '1s', ...more }
}

/** The endpoints of an EDS cluster: all in one locality. */
export function assignment(
  clusterName: string,
  lbEndpoints: readonly EndpointJson[],
): ClusterLoadAssignmentJson {
  return { clusterName, endpoints: [{ lbEndpoints }] }
}

/** A load balancing policy of a type of Envoy's, by the end of its package. */
export function policy(
  type: string,
  config: object = {},
): NonNullable<ClusterJson['loadBalancingPolicy']> {
  const typedConfig = {
    '@type': `type.googleapis.com/envoy.extensions.load_balancing_policies.${type}`,
    ...config,
  }
  return { policies: [{ typedExtensionConfig: { name: type, typedConfig } }] }
}
