import { once } from 'node:events'
import { Agent, createServer, type RequestListener, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { until } from '../../support/until.ts'
import { type RunningEnvoy, startEnvoy } from '../support/envoy.ts'

/** An answer: its status, which host gave it (`-`: none did), and its body. */
export interface Answer {
  readonly status: number
  readonly host: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Real Envoy and the mini-proxy, started on one bootstrap, with the hosts behind them. */
export class BothProxies implements AsyncDisposable {
  readonly envoy: RunningEnvoy
  /** Of the mini-proxy. */
  readonly stat: (name: string) => number | undefined
  readonly #ports: { readonly envoy: number; readonly ours: number }
  readonly #agent = new Agent({ keepAlive: true })
  readonly #closing: readonly (() => unknown)[]

  private constructor(
    envoy: RunningEnvoy,
    ports: { readonly envoy: number; readonly ours: number },
    stat: (name: string) => number | undefined,
    closing: readonly (() => unknown)[],
  ) {
    this.envoy = envoy
    this.stat = stat
    this.#ports = ports
    this.#closing = closing
  }

  static async start(
    bootstrap: object,
    servers: readonly Server[],
    { ours = bootstrap, random }: { readonly ours?: object; readonly random?: () => number } = {},
  ): Promise<BothProxies> {
    const node = { id: 'same-shares', cluster: 'test' }
    const envoy = await startEnvoy(JSON.stringify({ node, ...bootstrap }))
    const proxy = await startProxy({
      bootstrap: parseBootstrap(JSON.stringify({ node, ...ours })),
      ...(random && { random }),
    })
    await proxy.ready
    const theirs = await until('the listener of Envoy', async () => {
      const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
      return listener_statuses[0]?.local_address.socket_address.port_value as number | undefined
    }).catch((error: unknown) => {
      throw new Error(`Envoy does not serve: ${envoy.log.join('\n')}`, { cause: error })
    })
    const ports = { envoy: theirs, ours: proxy.proxy.listeners.get('all')?.port ?? 0 }
    const stat = (name: string): number | undefined => {
      const found = proxy.proxy.stats.list().find((it) => it.name === name)?.instrument
      return found?.kind === 'histogram' ? undefined : found?.value
    }
    return new BothProxies(envoy, ports, stat, [
      () => proxy.close(),
      () => envoy.close(),
      ...servers.map((it) => () => {
        it.closeAllConnections()
        it.close()
      }),
    ])
  }

  ask(
    proxy: 'envoy' | 'ours',
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const port = this.#ports[proxy]
      const outgoing = request({ host: '127.0.0.1', port, agent: this.#agent, path, headers })
      outgoing.on('response', (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          body += text
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            host: String(response.headers['x-host'] ?? '-'),
            body,
            headers: response.headers,
          }),
        )
      })
      outgoing.on('error', reject).end()
    })
  }

  /** How often each host answered, or what else was answered with its `x-flags`; `atOnce` requests at a time. */
  async tally(
    proxy: 'envoy' | 'ours',
    path: string,
    { count, atOnce = 1 }: { readonly count: number; readonly atOnce?: number },
  ): Promise<Map<string, number>> {
    const tally = new Map<string, number>()
    let left = count
    const ask = async (): Promise<void> => {
      while (left > 0) {
        left--
        const { status, host, headers } = await this.ask(proxy, path)
        const key = status === 200 ? host : `${status} ${headers['x-flags'] || '-'} of ${host}`
        tally.set(key, (tally.get(key) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, ask))
    return tally
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    for (const close of this.#closing) await close()
  }
}

/** A server on a loopback port that answers 200 unless told otherwise, always with its name in `x-host`. */
export async function startHost(
  name: string,
  answer: RequestListener = (_request, response) => response.end(),
): Promise<Server & { readonly port: number }> {
  const server = createServer((incoming, response) => {
    response.setHeader('x-host', name)
    answer(incoming, response)
  })
  // A connection that the host closes as a request comes would be a matter of chance.
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(server, { port: (server.address() as AddressInfo).port })
}

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })

/** A bootstrap with one listener, in front of these clusters by these routes. */
export function bootstrapOf(
  clusters: readonly object[],
  routes: readonly object[],
  {
    filters = [],
    ...more
  }: { readonly filters?: readonly object[]; readonly [field: string]: unknown } = {},
): object {
  const hcm = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
  const router = {
    name: 'router',
    typedConfig: of('envoy.extensions.filters.http.router.v3.Router'),
  }
  return {
    admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
    staticResources: {
      listeners: [
        {
          name: 'all',
          address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
          filterChains: [
            {
              filters: [
                {
                  name: 'hcm',
                  typedConfig: {
                    ...of(hcm),
                    statPrefix: 'all',
                    routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes }] },
                    httpFilters: [...filters, router],
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters,
    },
    ...more,
  }
}
