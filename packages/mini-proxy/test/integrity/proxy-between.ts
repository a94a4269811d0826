import { readFileSync } from 'node:fs'
import type { MeshProxy } from '../../src/index.ts'
import { cluster, http, listener, tls } from '../resources.ts'
import { type Backend, startBackend } from './backend.ts'
import { type Client, startClient } from './client.ts'

/** The proxy's entry, of the module graph that is to be tested. */
export type ProxyModule = Pick<typeof import('../../src/index.ts'), 'createProxy' | 'viewOf'>

/** What is spoken on one side of the proxy. */
export interface Leg {
  readonly version: 1 | 2
  readonly tls: boolean
}

/** Faults to plant, each at the exchange with this number. */
export interface Planted {
  readonly inRequest?: number
  readonly inResponse?: number
}

/** A client, a proxy and a server in a row. */
export interface Row {
  readonly client: Client
  readonly proxy: MeshProxy
  readonly backend: Backend
  close(): Promise<void>
}

const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const keys = { cert: pem('server'), key: pem('server-key') }

/** Starts all three; the client's side speaks `down`, the server's `up`. */
export async function startRow(
  { createProxy, viewOf }: ProxyModule,
  { down, up }: { readonly down: Leg; readonly up: Leg },
  planted: Planted = {},
): Promise<Row> {
  const backend = await startBackend({
    version: up.version,
    keys: up.tls ? keys : undefined,
    corrupts: planted.inResponse,
  })
  const proxy = createProxy()
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [], { filterChains: [filterChain(down)] })],
      clusters: [cluster('b', [backend.port], { ...protocol(up), ...upstreamTls(up) })],
      routes: [{ name: 'routes', virtualHosts: [{ name: 'all', domains: ['*'], routes }] }],
    }),
  )
  const client = startClient({
    port: proxy.listeners.get('in')?.port ?? 0,
    version: down.version,
    tls: down.tls,
    connections: down.version === 1 ? 8 : 2,
    corrupts: planted.inRequest,
  })
  return {
    client,
    proxy,
    backend,
    close: async () => {
      client.close()
      await proxy.close()
      await backend.close()
    },
  }
}

/** A slow machine may take its time. */
const routes = [{ match: { prefix: '/' }, route: { cluster: 'b', timeout: '0s' } }]

function filterChain(down: Leg): object {
  const filters = [http('routes', { httpProtocolOptions: { enableTrailers: true } })]
  if (!down.tls) return { filters }
  const certificate = {
    certificateChain: { inlineString: keys.cert },
    privateKey: { inlineString: keys.key },
  }
  const alpnProtocols = [down.version === 1 ? 'http/1.1' : 'h2']
  const commonTlsContext = { tlsCertificates: [certificate], alpnProtocols }
  return { filters, transportSocket: tls('Downstream', { commonTlsContext }) }
}

function protocol({ version }: Leg): object {
  if (version === 1) return {}
  const type = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  const http2 = { '@type': type, explicitHttpConfig: { http2ProtocolOptions: {} } }
  return { typedExtensionProtocolOptions: { http2 } }
}

function upstreamTls(up: Leg): object {
  if (!up.tls) return {}
  const validationContext = { trustedCa: { inlineString: pem('ca') } }
  const alpnProtocols = [up.version === 1 ? 'http/1.1' : 'h2']
  const commonTlsContext = { validationContext, alpnProtocols }
  return { transportSocket: tls('Upstream', { commonTlsContext }) }
}
