// The cases of gRPC's interoperability suite that need no credentials, through our proxy: grpc-go and grpc-js at either end.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildGrpcGo } from '../../peers/grpc-go.ts'
import { jsCases, runJsCase } from './js-cases.ts'
import { startJsServer } from './js-server.ts'

const cases = Object.keys(jsCases)
const servers = ['grpc-go', 'grpc-js'] as const

let go = ''
let proxy: Awaited<ReturnType<typeof startProxy>>
let goServer: ChildProcess
const closing: (() => unknown)[] = []

beforeAll(async () => {
  go = buildGrpcGo('interop')
  goServer = spawn(go, ['serve'], { stdio: ['ignore', 'pipe', 'inherit'] })
  closing.push(() => goServer.kill('SIGKILL') && once(goServer, 'exit'))
  const js = await startJsServer()
  closing.push(() => js.close())
  const ports = { 'grpc-go': await portOf(goServer), 'grpc-js': js.port }
  const node = { id: 'grpc-interop', cluster: 'test' }
  const staticResources = {
    listeners: servers.map((name) => listener(name)),
    clusters: servers.map((name) => cluster(name, ports[name])),
  }
  proxy = await startProxy({ bootstrap: parseBootstrap(JSON.stringify({ node, staticResources })) })
  closing.push(() => proxy.close())
  await proxy.ready
}, 300_000)
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

describe.each(servers)('a server of %s', (server) => {
  const port = (): number => proxy.proxy.listeners.get(server)?.port ?? 0

  test('answers every case of grpc-go', async () => {
    const { stdout } = await promisify(execFile)(go, [`127.0.0.1:${port()}`, ...cases])
    expect(stdout.trim().split('\n')).toEqual(cases)
  }, 60_000)

  test.each(cases)('answers %s of grpc-js', async (name) => {
    await runJsCase(name, port())
  })
})

test('all of it went through the proxy, and nothing of it is left', async () => {
  expect(cases).toHaveLength(14)
  const count = (name: string): number => proxy.proxy.stats.counter(name).value
  for (const server of servers) {
    // Some cases make more than one call.
    expect(count(`http.${server}.downstream_rq_http2_total`)).toBeGreaterThanOrEqual(
      2 * cases.length,
    )
    expect(proxy.proxy.stats.gauge(`http.${server}.downstream_rq_active`).value).toBe(0)
    expect(proxy.proxy.stats.gauge(`cluster.${server}.upstream_rq_active`).value).toBe(0)
  }
})

async function portOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('the server has no output')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return Number(line.split(':').at(-1))
}

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/envoy.${type}` })
const loopback = (portValue: number): object => ({
  socketAddress: { address: '127.0.0.1', portValue },
})

function listener(name: string): object {
  const virtualHosts = [
    {
      name: 'all',
      domains: ['*'],
      routes: [{ match: { prefix: '/' }, route: { cluster: name, timeout: '0s' } }],
    },
  ]
  const typedConfig = {
    ...of('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: name,
    routeConfig: { virtualHosts },
    httpFilters: [{ name: 'router', typedConfig: of('extensions.filters.http.router.v3.Router') }],
  }
  return {
    name,
    address: loopback(0),
    filterChains: [{ filters: [{ name: 'http', typedConfig }] }],
  }
}

function cluster(name: string, port: number): object {
  const lbEndpoints = [{ endpoint: { address: loopback(port) } }]
  return {
    name,
    type: 'STATIC',
    connectTimeout: '5s',
    typedExtensionProtocolOptions: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        ...of('extensions.upstreams.http.v3.HttpProtocolOptions'),
        explicitHttpConfig: { http2ProtocolOptions: {} },
      },
    },
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints }] },
  }
}
