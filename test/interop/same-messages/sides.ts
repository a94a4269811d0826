import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { until } from '../../support/until.ts'
import { startEnvoy } from '../support/envoy.ts'
import { type RecordingBackend, startRecordingBackend } from './recording-backend.ts'

/** A proxy, and the backend behind it. */
export interface Side {
  readonly port: number
  readonly backend: RecordingBackend
}

/** Envoy and our proxy with the same configuration, each before a backend of its own that speaks HTTP/1. */
export interface Sides {
  readonly envoy: Side
  readonly ours: Side
  close(): Promise<void>
}

/** Starts both, with these options of the connection manager. */
export async function startSides(manager: object): Promise<Sides> {
  const closing: (() => unknown)[] = []
  const [envoy, ours] = [await envoySide(manager, closing), await ourSide(manager, closing)]
  return {
    envoy,
    ours,
    async close() {
      for (const close of closing.reverse()) await close()
    },
  }
}

async function envoySide(manager: object, closing: (() => unknown)[]): Promise<Side> {
  const backend = await startRecordingBackend()
  closing.push(() => backend.close())
  const envoy = await startEnvoy(
    JSON.stringify({ admin, staticResources: resources(backend.port, manager) }),
  )
  closing.push(() => envoy.close())
  const port = await until('the listener of Envoy', async () => {
    const { listener_statuses: [it] = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return it?.local_address.socket_address.port_value as number | undefined
  })
  return { port, backend }
}

async function ourSide(manager: object, closing: (() => unknown)[]): Promise<Side> {
  const backend = await startRecordingBackend()
  closing.push(() => backend.close())
  const node = { id: 'same-messages', cluster: 'test' }
  const ours = await startProxy({
    bootstrap: parseBootstrap(
      JSON.stringify({ node, staticResources: resources(backend.port, manager) }),
    ),
  })
  closing.push(() => ours.close())
  await ours.ready
  return { port: ours.proxy.listeners.get('in')?.port ?? 0, backend }
}

const admin = { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } }
const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/envoy.${type}` })

function resources(backendPort: number, manager: object): object {
  const loopback = (portValue: number): object => ({
    socketAddress: { address: '127.0.0.1', portValue },
  })
  const lbEndpoints = [{ endpoint: { address: loopback(backendPort) } }]
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'backend' } }]
  return {
    listeners: [
      {
        name: 'in',
        address: loopback(0),
        filterChains: [
          {
            filters: [
              {
                name: 'http',
                typedConfig: {
                  ...of(
                    'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                  ),
                  statPrefix: 'test',
                  ...manager,
                  // Envoy waits so long for the client to close first.
                  delayedCloseTimeout: '0.05s',
                  routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes }] },
                  httpFilters: [
                    { name: 'router', typedConfig: of('extensions.filters.http.router.v3.Router') },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'backend',
        type: 'STATIC',
        connectTimeout: '1s',
        loadAssignment: { clusterName: 'backend', endpoints: [{ lbEndpoints }] },
      },
    ],
  }
}
