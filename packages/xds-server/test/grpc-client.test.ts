// A client that we did not write: gRPC for Node, with targets of the form xds:///name.
import { Client, credentials, Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { register } from '@grpc/grpc-js-xds'
import { afterAll, expect, test } from 'vitest'
import { createXdsServer, type ResourceSet } from '../src/index.ts'

const filters = 'type.googleapis.com/envoy.extensions.filters'
const method = '/test.Echo/Say'
const same = (bytes: Buffer) => bytes
const servers: GrpcServer[] = []
afterAll(() => {
  for (const server of servers) server.forceShutdown()
})

/** A server that answers every call with its name. */
async function backend(name: string): Promise<number> {
  const server = new GrpcServer()
  servers.push(server)
  const say = {
    path: method,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  }
  server.addService(
    { say },
    { say: (_: unknown, reply: (e: null, b: Buffer) => void) => reply(null, Buffer.from(name)) },
  )
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    )
  })
}

function mesh(port: number): ResourceSet {
  const address = { socketAddress: { address: '127.0.0.1', portValue: port } }
  return {
    listeners: [
      {
        name: 'echo',
        apiListener: {
          apiListener: {
            '@type': `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
            rds: { routeConfigName: 'routes', configSource: { ads: {} } },
            httpFilters: [
              { name: 'router', typedConfig: { '@type': `${filters}.http.router.v3.Router` } },
            ],
          },
        },
      },
    ],
    routes: [
      {
        name: 'routes',
        virtualHosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: [{ match: { prefix: '' }, route: { cluster: 'echo' } }],
          },
        ],
      },
    ],
    clusters: [{ name: 'echo', type: 'EDS', edsClusterConfig: { edsConfig: { ads: {} } } }],
    endpoints: [
      {
        clusterName: 'echo',
        endpoints: [
          {
            locality: { region: 'here' },
            loadBalancingWeight: 1,
            lbEndpoints: [{ endpoint: { address } }],
          },
        ],
      },
    ],
  }
}

function call(client: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + 5_000 }
    client.makeUnaryRequest(method, same, same, Buffer.from('hello'), options, (error, reply) =>
      error === null ? resolve(String(reply)) : reject(error),
    )
  })
}

test('configures gRPC for Node, which accepts all of it and follows a change of endpoints', async () => {
  let resources = mesh(await backend('first'))
  const second = await backend('second')
  await using server = createXdsServer({ resourcesFor: () => resources })
  const { host, port } = await server.listen({ port: 0 })
  process.env['GRPC_XDS_BOOTSTRAP_CONFIG'] = JSON.stringify({
    xds_servers: [
      {
        server_uri: `${host}:${port}`,
        channel_creds: [{ type: 'insecure' }],
        server_features: ['xds_v3'],
      },
    ],
    node: { id: 'sidecar~127.0.0.1~echo.default~default.svc.cluster.local', locality: {} },
  })
  register()
  const client = new Client('xds:///echo', credentials.createInsecure())
  expect(await call(client)).toBe('first')

  resources = mesh(second)
  server.push('endpoints')
  await server.settled()
  while ((await call(client)) !== 'second') await new Promise(setImmediate)

  const [status] = server.clients()
  expect(status?.types.map((it) => it.status)).toEqual(['SYNCED', 'SYNCED', 'SYNCED', 'SYNCED'])
  expect(status?.types.every((it) => it.accepted?.version === it.sent?.version)).toBe(true)
  client.close()
})
