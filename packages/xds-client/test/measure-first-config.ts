// How long a first configuration takes, from the first request to the last view, with the server in the same process.
// npx node --conditions=@meshwright/source packages/xds-client/test/measure-first-config.ts [clusters]
import process from 'node:process'
import { createXdsClient, parseBootstrap } from '@meshwright/xds-client'
import { AdsServer } from '../test/ads-server.ts'
import { edsCluster, endpoints, rdsListener, routes } from '../test/resources.ts'

const count = Number(process.argv[2] ?? 2000)
const server = new AdsServer()
await server.listen()
const names = Array.from(
  { length: count },
  (_, n) => `outbound|80||service-${n}.default.svc.cluster.local`,
)
server.set(
  'cds',
  names.map((name) => edsCluster(name)),
)
server.set(
  'eds',
  names.map((name) => endpoints(name, 80)),
)
server.set('lds', [rdsListener('http', 'r')])
server.set('rds', [routes('r', names[0] ?? '')])

const endpoint = { address: { socketAddress: { address: '127.0.0.1', portValue: server.port } } }
const xds = {
  name: 'xds',
  type: 'STATIC',
  connectTimeout: '1s',
  loadAssignment: { clusterName: 'xds', endpoints: [{ lbEndpoints: [{ endpoint }] }] },
}
for (const apiType of ['GRPC', 'DELTA_GRPC', 'GRPC', 'DELTA_GRPC']) {
  const bootstrap = parseBootstrap(
    JSON.stringify({
      node: { id: 'sidecar~127.0.0.1~bench.default~default.svc.cluster.local' },
      staticResources: { clusters: [xds] },
      dynamicResources: {
        ldsConfig: { ads: {} },
        cdsConfig: { ads: {} },
        adsConfig: { apiType, grpcServices: [{ envoyGrpc: { clusterName: 'xds' } }] },
      },
    }),
  )
  const client = createXdsClient({ bootstrap, onUpdate: () => undefined })
  const start = performance.now()
  await client.start()
  await client.ready
  const first = performance.now() - start
  const changed = Promise.withResolvers<number>()
  const port = apiType === 'GRPC' ? 81 : 82
  const follower = createXdsClient({
    bootstrap,
    onUpdate: (view) => {
      const [locality] = view.endpoints.get(names[0] ?? '')?.endpoints ?? []
      const [one] = locality?.lbEndpoints ?? []
      if (one?.endpoint?.address?.socketAddress?.portValue === port)
        changed.resolve(performance.now())
    },
  })
  await follower.start()
  await follower.ready
  await client.close()
  const push = performance.now()
  server.set('eds', [
    endpoints(names[0] ?? '', port),
    ...names.slice(1).map((name) => endpoints(name, 80)),
  ])
  const followed = (await changed.promise) - push
  await follower.close()
  process.stdout.write(
    `${apiType}: ${count} clusters ready in ${first.toFixed(0)} ms, one changed endpoint in use after ${followed.toFixed(0)} ms\n`,
  )
}
server.crash()
