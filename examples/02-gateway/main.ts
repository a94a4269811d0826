// A gateway in ten lines: one listener, one route, one cluster, in Envoy's own words.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createProxy, viewOf } from '@meshwright/mini-proxy'

const backend = createServer((request, response) => response.end(`hello from ${request.url}\n`))
await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
const { port } = backend.address() as AddressInfo

const gateway = createProxy()
await gateway.apply(
  viewOf({
    listeners: [
      {
        name: 'in',
        address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
        filterChains: [{ filters: [{ name: 'http', typedConfig: httpConnectionManager() }] }],
      },
    ],
    clusters: [
      {
        name: 'hello',
        type: 'STATIC',
        connectTimeout: '1s',
        loadAssignment: {
          clusterName: 'hello',
          endpoints: [
            {
              lbEndpoints: [
                {
                  endpoint: {
                    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
                  },
                },
              ],
            },
          ],
        },
      },
    ],
  }),
)
const address = gateway.listeners.get('in')
for (const path of ['/hello/world', '/teapot', '/elsewhere']) {
  const response = await fetch(`http://127.0.0.1:${address?.port}${path}`)
  console.log(`${path} ${response.status} ${await response.text()}`.trim())
}
await gateway.close()
backend.close()

function httpConnectionManager() {
  const prefix = 'type.googleapis.com/envoy.extensions.filters'
  return {
    '@type': `${prefix}.network.http_connection_manager.v3.HttpConnectionManager`,
    statPrefix: 'in',
    routeConfig: {
      name: 'routes',
      virtualHosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            { match: { prefix: '/hello/' }, route: { cluster: 'hello', prefixRewrite: '/' } },
            {
              match: { path: '/teapot' },
              directResponse: { status: 418, body: { inlineString: 'short and stout' } },
            },
          ],
        },
      ],
    },
    httpFilters: [
      {
        name: 'envoy.filters.http.router',
        typedConfig: { '@type': `${prefix}.http.router.v3.Router` },
      },
    ],
  }
}
