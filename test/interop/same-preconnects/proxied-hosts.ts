import { Agent, request as httpRequest, type ServerResponse } from 'node:http'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { until } from '../../support/until.ts'
import { startEnvoy, statsOf } from '../support/envoy.ts'
import { CountingHost } from './counting-host.ts'

/** A cluster, and how many hosts it has. */
export interface Scenario {
  readonly name: string
  readonly hosts: number
  /** Requests that a connection takes at once, of hosts that speak HTTP/2. */
  readonly maxStreams?: number
  /** The proxy relays bytes: every request has a connection of its own. */
  readonly relayed?: boolean
  readonly cluster: object
}

/** A proxy at work. */
interface Proxy {
  readonly port: number
  /** A counter or gauge of the cluster. */
  stat(name: string): Promise<number>
  close(): Promise<unknown>
}

/** What starts a proxy on a bootstrap. */
export type StartProxy = (bootstrap: object) => Promise<Proxy>

export const startReal: StartProxy = async (bootstrap) => {
  const envoy = await startEnvoy(JSON.stringify(bootstrap))
  const port = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value as number | undefined
  })
  return {
    port,
    stat: async (name) =>
      Number((await statsOf(envoy, `^cluster\\.app\\.${name}$`)).get(`cluster.app.${name}`)),
    close: () => envoy.close(),
  }
}

export const startOurs: StartProxy = async (bootstrap) => {
  const node = { id: 'same-preconnects', cluster: 'test' }
  const running = await startProxy({
    bootstrap: parseBootstrap(JSON.stringify({ ...bootstrap, node })),
  })
  await running.ready
  return {
    port: running.proxy.listeners.get('in')?.port ?? 0,
    stat: async (name) => {
      const found = running.proxy.stats.list().find((it) => it.name === `cluster.app.${name}`)
      return found === undefined || found.instrument.kind === 'histogram'
        ? Number.NaN
        : found.instrument.value
    },
    close: () => running.close(),
  }
}

interface ProxiedParts {
  readonly held: ServerResponse[]
  readonly hosts: readonly CountingHost[]
  readonly relayed: boolean
}

/** Hosts behind a proxy, and the requests that go to them. */
export class ProxiedHosts implements AsyncDisposable {
  readonly #proxy: Proxy
  readonly #hosts: readonly CountingHost[]
  /** In the order in which they came, to whichever host. */
  readonly #held: ServerResponse[]
  readonly #agent: Agent
  /** A connection is over with its request. */
  readonly #relayed: boolean
  #asked = 0
  #answered = 0

  private constructor(proxy: Proxy, parts: ProxiedParts) {
    const { held, hosts, relayed } = parts
    this.#relayed = relayed
    this.#agent = new Agent({ keepAlive: !relayed })
    this.#proxy = proxy
    this.#held = held
    this.#hosts = hosts
  }

  static async start(start: StartProxy, scenario: Scenario): Promise<ProxiedHosts> {
    const held: ServerResponse[] = []
    const hosts = Array.from(
      { length: scenario.hosts },
      () => new CountingHost(held, scenario.maxStreams),
    )
    const ports = await Promise.all(hosts.map((it) => it.listen()))
    return new ProxiedHosts(await start(bootstrapOf(scenario, ports)), {
      held,
      hosts,
      relayed: scenario.relayed === true,
    })
  }

  /** Requests that were begun and not answered. */
  get inFlight(): number {
    return this.#asked - this.#answered
  }

  begin(): void {
    this.#asked++
    const { port } = this.#proxy
    const done = (): void => void this.#answered++
    const outgoing = httpRequest({ host: '127.0.0.1', port, agent: this.#agent }, (response) => {
      response.resume().on('end', done)
    })
    outgoing.on('error', done).end()
  }

  /** Has the request answered that came first. */
  async answer(): Promise<void> {
    const before = this.#answered
    this.#held.shift()?.end()
    await until('the answer', () => this.#answered > before)
  }

  cutIdle(): void {
    for (const host of this.#hosts) host.cutIdle()
  }

  /** How many connections each host has seen, in order of their number, once all is as the proxy wants it. */
  async connections(): Promise<number[]> {
    await until('nothing to be under way', async () => {
      const [total, active, pending] = await Promise.all(
        ['upstream_cx_total', 'upstream_cx_active', 'upstream_rq_pending_active'].map((it) =>
          this.#proxy.stat(it),
        ),
      )
      const open = this.#sum((it) => it.open)
      return (
        this.#held.length + (pending ?? 0) === this.inFlight &&
        this.#sum((it) => it.accepted) === total &&
        open === active &&
        (!this.#relayed || this.#sum((it) => it.used) === this.#held.length)
      )
    })
    return this.#hosts.map((it) => it.accepted).sort((a, b) => a - b)
  }

  stat(name: string): Promise<number> {
    return this.#proxy.stat(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    await this.#proxy.close()
    await Promise.all(this.#hosts.map((it) => it.close()))
  }

  #sum(of: (host: CountingHost) => number): number {
    return this.#hosts.map(of).reduce((a, b) => a + b, 0)
  }
}

function bootstrapOf({ cluster, maxStreams, relayed }: Scenario, ports: readonly number[]): object {
  const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })
  const address = (portValue: number): object => ({
    socketAddress: { address: '127.0.0.1', portValue },
  })
  const hcm = {
    ...of('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'in',
    routeConfig: {
      virtualHosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'app', timeout: '0s' } }],
        },
      ],
    },
    httpFilters: [
      { name: 'router', typedConfig: of('envoy.extensions.filters.http.router.v3.Router') },
    ],
  }
  const relay = {
    ...of('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'),
    statPrefix: 'in',
    cluster: 'app',
  }
  const filter = relayed === true ? relay : hcm
  const http2 = {
    ...of('envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
    explicitHttpConfig: { http2ProtocolOptions: { maxConcurrentStreams: maxStreams } },
  }
  return {
    admin: { address: address(0) },
    staticResources: {
      listeners: [
        {
          name: 'in',
          address: address(0),
          filterChains: [{ filters: [{ name: 'main', typedConfig: filter }] }],
        },
      ],
      clusters: [
        {
          name: 'app',
          type: 'STATIC',
          connectTimeout: '5s',
          ...(maxStreams !== undefined && {
            typedExtensionProtocolOptions: {
              'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2,
            },
          }),
          ...cluster,
          loadAssignment: {
            clusterName: 'app',
            endpoints: [
              { lbEndpoints: ports.map((port) => ({ endpoint: { address: address(port) } })) },
            ],
          },
        },
      ],
    },
  }
}
