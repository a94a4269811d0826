// Real Envoy, unmodified, takes its configuration from our control plane.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createControlPlane } from '@meshwright/control-plane'
import { envoyHint, findEnvoy } from '../../test/peers/envoy.ts'

const envoyPath = findEnvoy()
if (envoyPath === undefined) throw new Error(`this example needs Envoy: ${envoyHint}`)

const backend = createServer((request, response) => response.end(`hello from ${request.url}`))
await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
const free = await freePort()

const plane = await createControlPlane({
  config: [{ path: 'mesh.yaml', text: mesh((backend.address() as AddressInfo).port) }],
  listen: { xds: { port: 0 }, debug: { port: 0 } },
})
const envoy = spawn(
  envoyPath,
  ['--disable-hot-restart', '--concurrency', '1', '-l', 'off', '--config-yaml', bootstrap()],
  { stdio: 'ignore' },
)
const client = await synced()
console.log(`${client.node.userAgentName} has taken ${client.types.length} types of resources`)
const answer = await fetch(`http://127.0.0.1:${free}/via/envoy`)
console.log(answer.status, answer.headers.get('server'), await answer.text())

envoy.kill()
await once(envoy, 'exit')
await plane.close()
backend.close()
backend.closeAllConnections()

function mesh(backendPort: number): string {
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: hello, namespace: default }
spec:
  hosts: [hello.default.svc.cluster.local]
  resolution: STATIC
  ports: [{ number: 80, name: http, protocol: HTTP }]
  endpoints: [{ address: 127.0.0.1, ports: { http: ${backendPort} } }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: door, namespace: default }
spec:
  selector: { app: door }
  servers: [{ port: { number: ${free}, name: http, protocol: HTTP }, bind: 127.0.0.1, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: hello, namespace: default }
spec:
  hosts: ["*"]
  gateways: [door]
  http: [{ route: [{ destination: { host: hello } }] }]
`
}

function bootstrap(): string {
  const fromAds = { ads: {}, resource_api_version: 'V3' }
  const socketAddress = { address: '127.0.0.1', port_value: plane.xdsAddress.port }
  return JSON.stringify({
    node: {
      id: 'router~127.0.0.1~door.default~default.svc.cluster.local',
      cluster: 'door',
      metadata: { LABELS: { app: 'door' } },
    },
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }],
      },
      cds_config: fromAds,
      lds_config: fromAds,
    },
    static_resources: {
      clusters: [
        {
          name: 'xds',
          connect_timeout: '1s',
          http2_protocol_options: {},
          load_assignment: {
            cluster_name: 'xds',
            endpoints: [
              { lb_endpoints: [{ endpoint: { address: { socket_address: socketAddress } } }] },
            ],
          },
        },
      ],
    },
  })
}

/** Envoy, once it has acknowledged clusters, endpoints, listeners and routes. */
async function synced() {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 20) {
    const [it] = plane.clients()
    if (it?.settled && it.types.length === 4) return it
    await setTimeout(20)
  }
  throw new Error('Envoy has not acknowledged its configuration within ten seconds')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
