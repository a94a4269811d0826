import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { promisify } from 'node:util'
import { createProxy, type MeshProxy, viewOf } from '@meshwright/mini-proxy'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installH2spec } from '../peers/h2spec.ts'

const run = promisify(execFile)
const prefix = 'type.googleapis.com/envoy.extensions'

/** Cases of h2spec 2.2.1. */
const cases = 146

const app: Server = createServer((request, response) => {
  request.resume()
  request.on('end', () => response.end('h2spec wants a body of some bytes'))
})
let h2spec: string
let proxy: MeshProxy

beforeAll(async () => {
  h2spec = installH2spec()
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const address = app.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  proxy = createProxy({})
  await proxy.apply(viewOf(resources(port)))
})

afterAll(async () => {
  await proxy.close()
  app.close()
})

describe('h2spec passes, strict cases too', () => {
  test.each([
    ['plain', []],
    ['secure', ['--tls', '--insecure']],
  ])('%s', async (listener, options) => {
    const port = String(proxy.listeners.get(listener)?.port)
    const { stdout } = await run(h2spec, [
      ...['--strict', '--timeout', '2', '--host', '127.0.0.1', '--port', port],
      ...options,
    ]).catch((error: { stdout: string }) => error)
    const failures = stdout.split('Failures:')[1] ?? ''
    expect(failures).toBe('')
    expect(stdout).toContain(`${cases} tests, ${cases} passed, 0 skipped, 0 failed`)
  })
})

function resources(appPort: number): Parameters<typeof viewOf>[0] {
  const fixtures = new URL('../../packages/mini-proxy/test/fixtures/tls/', import.meta.url)
  const pem = (name: string): object => ({
    inlineString: readFileSync(new URL(`${name}.pem`, fixtures), 'utf8'),
  })
  const manager = {
    name: 'http',
    typedConfig: {
      '@type': `${prefix}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      statPrefix: 'test',
      // With AUTO a preface that is none would be read as a request of HTTP/1.
      codecType: 'HTTP2',
      routeConfig: {
        name: 'r',
        virtualHosts: [
          {
            name: 'v',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster: 'app' } }],
          },
        ],
      },
      httpFilters: [
        { name: 'router', typedConfig: { '@type': `${prefix}.filters.http.router.v3.Router` } },
      ],
    },
  }
  const transportSocket = {
    name: 'tls',
    typedConfig: {
      '@type': `${prefix}.transport_sockets.tls.v3.DownstreamTlsContext`,
      commonTlsContext: {
        tlsCertificates: [{ certificateChain: pem('server'), privateKey: pem('server-key') }],
        alpnProtocols: ['h2'],
      },
    },
  }
  const listener = (name: string, chain: object): object => ({
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    filterChains: [{ filters: [manager], ...chain }],
  })
  const socketAddress = { address: '127.0.0.1', portValue: appPort }
  return {
    listeners: [listener('plain', {}), listener('secure', { transportSocket })],
    clusters: [
      {
        name: 'app',
        type: 'STATIC',
        connectTimeout: '1s',
        loadAssignment: {
          clusterName: 'app',
          endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }],
        },
      },
    ],
  }
}
