import { readFileSync } from 'node:fs'
import { createXdsServer, type ResourceSet } from '@meshwright/xds-server'
import {
  at,
  edsCluster,
  endpointsOf,
  httpManager,
  type routesTo,
  tls,
} from '../e2e/support/resources.ts'
import type { Backends } from './backends.ts'

/** A control plane that says something new at every turn. */
export interface Control extends AsyncDisposable {
  /** `host:port` */
  readonly address: string
  /** Pushes other endpoints, another route, and a cluster and a listener that come and go. */
  turn(): Promise<void>
}

const folder = new URL('../../packages/mini-proxy/test/fixtures/tls/', import.meta.url)
const pem = (name: string): { inlineString: string } => {
  return { inlineString: readFileSync(new URL(`${name}.pem`, folder), 'utf8') }
}

/** Starts it on a port of its own. */
export async function startControl(backends: Backends): Promise<Control> {
  let turns = 0
  const server = createXdsServer({ resourcesFor: () => resourcesAt(turns, backends) })
  const { host, port } = await server.listen({ port: 0 })
  return {
    address: `${host}:${port}`,
    turn: async () => {
      turns += 1
      server.push('soak')
      await server.settled()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function resourcesAt(turn: number, { http1, http2, tcp }: Backends): ResourceSet {
  const upgradeConfigs = [{ upgradeType: 'websocket' }, { upgradeType: 'CONNECT' }]
  const http2ProtocolOptions = { allowConnect: true }
  const filters = [httpManager('main', { upgradeConfigs, http2ProtocolOptions })]
  const commonTlsContext = {
    tlsCertificates: [{ certificateChain: pem('server'), privateKey: pem('server-key') }],
    alpnProtocols: ['h2', 'http/1.1'],
  }
  const transportSocket = tls('Downstream', { commonTlsContext })
  // One of two, the other, both.
  const some = <T>(all: readonly T[]): readonly T[] =>
    turn % 3 === 2 ? all : all.slice(turn % 3, (turn % 3) + 1)
  const extra = turn % 2 === 1
  return {
    listeners: [
      { name: 'plain', address: at(0), filterChains: [{ filters }] },
      { name: 'tls', address: at(0), filterChains: [{ filters, transportSocket }] },
      ...(extra ? [{ name: `extra-${turn}`, address: at(0), filterChains: [{ filters }] }] : []),
    ],
    routes: [routesAt(turn)],
    clusters: [
      edsCluster('http1'),
      edsCluster('http2', { http2ProtocolOptions: {} }),
      edsCluster('tcp'),
      ...(extra ? [edsCluster(`extra-${turn}`)] : []),
    ],
    endpoints: [
      endpointsOf('http1', ...some(http1)),
      endpointsOf('http2', ...some(http2)),
      endpointsOf('tcp', ...some(tcp)),
      ...(extra ? [endpointsOf(`extra-${turn}`, ...http1)] : []),
    ],
  }
}

function routesAt(turn: number): ReturnType<typeof routesTo> {
  const timeout = '0s'
  const domains = ['*']
  const tunnel = [{ upgradeType: 'CONNECT', connectConfig: {} }]
  const routes = [
    { match: { connectMatcher: {} }, route: { cluster: 'tcp', timeout, upgradeConfigs: tunnel } },
    { match: { prefix: `/turn-${turn}` }, directResponse: { status: 204 } },
    { match: { prefix: '/grpc' }, route: { cluster: 'http2', timeout } },
    { match: { prefix: '/' }, route: { cluster: 'http1', timeout } },
  ]
  return { name: 'main', virtualHosts: [{ name: 'all', domains, routes }] }
}
