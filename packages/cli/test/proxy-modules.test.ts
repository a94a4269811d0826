import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RunningCommand } from './command.ts'
import { MeshFolder } from './mesh-files.ts'

// What a proxy has loaded it keeps for as long as it lives: each module stands for resident memory.

// Each command is a process of its own, and a busy machine starts it late.
vi.setConfig({ testTimeout: 60_000 })

let folder: MeshFolder
let running: RunningCommand | undefined
beforeEach(async () => {
  folder = await MeshFolder.create()
})
afterEach(async () => {
  running?.signal('SIGKILL')
  await running?.ended()
  await folder.remove()
})

test('a proxy of static resources loads nothing of other commands, of gRPC, TLS, cryptography and HTTP clients', async () => {
  const { modules, builtins } = await loadedBy(listenerAndCluster)
  expect(modules.filter((it) => it.includes('/mini-proxy/')).length).toBeGreaterThan(100)
  expect(builtins).toContain('net')
  expect(wasted({ modules, builtins })).toEqual([])
  expect(builtins).not.toContain('http')
})

test('neither does a process that only serves, which starts lean, too', async () => {
  const worker = await loadedBy(listenerAndCluster, { options: ['--hot-restart'] })
  const isOf = (part: string): boolean => worker.modules.some((it) => it.includes(part))
  expect(isOf('/cli/dist/commands/proxy.')).toBe(false)
  expect(isOf('/mini-proxy/dist/supervisor/proxy-worker.')).toBe(true)
  expect(isOf('/cli/dist/lean-start.')).toBe(true)
  expect(wasted(worker)).toEqual([])
})

test('neither for a request, which its admin API tells the way to', async () => {
  const backend = createServer((_, response) => response.end('ok'))
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const { port } = backend.address() as AddressInfo
  const loaded = await loadedBy(
    `${admin}${listenerAndCluster.replace('portValue: 9', `portValue: ${port}`)}`,
    {
      whileRunning: async (command) => {
        const [, address] = await command.logs(/admin=(\S+)/)
        const listeners = await (await fetch(`http://${address}/listeners`)).text()
        const [, own] = /127\.0\.0\.1:(\d+)/.exec(listeners) ?? []
        const answer = await fetch(`http://127.0.0.1:${own}/`)
        expect(await answer.text()).toBe('ok')
      },
    },
  )
  backend.closeAllConnections()
  backend.close()
  expect(wasted(loaded)).toEqual([])
  expect(loaded.builtins).toContain('http')
})

test('with a control plane it does load gRPC, and a plain import of node:http is found out', async () => {
  const withGrpc = await loadedBy(dynamicResources)
  expect(wasted(withGrpc)).toContain('@grpc/grpc-js')

  const planted = `--import=data:text/javascript,import'node:http'`
  expect(wasted(await loadedBy(listenerAndCluster, { planted }))).toEqual(
    expect.arrayContaining(['internal/deps/undici/undici', 'crypto', 'tls']),
  )
})

interface Loaded {
  readonly modules: readonly string[]
  readonly builtins: readonly string[]
}

interface Run {
  /** Of the command. */
  readonly options?: readonly string[]
  /** A further option of Node's. */
  readonly planted?: string
  readonly whileRunning?: (command: RunningCommand) => Promise<void>
}

/** Starts a proxy, ends it, and tells what it had loaded; of one of several processes, what the first to end had. */
async function loadedBy(bootstrap: string, run: Run = {}): Promise<Loaded> {
  const file = await folder.write('bootstrap.yaml', bootstrap)
  const record = await folder.write('loaded.json', '')
  const recorder = new URL('record-modules.ts', import.meta.url).href
  running = new RunningCommand(['proxy', '--bootstrap', file, ...(run.options ?? [])], {
    NODE_OPTIONS: [`--import=${recorder}`, run.planted].filter(Boolean).join(' '),
    RECORD_MODULES_TO: record,
  })
  await running.logs(/started/)
  await run.whileRunning?.(running)
  running.signal('SIGTERM')
  expect((await running.ended()).code).toBe(0)
  const [first = ''] = readFileSync(record, 'utf8').split('\n')
  return JSON.parse(first)
}

const needless = {
  modules: [
    '@grpc/grpc-js',
    'protobufjs',
    ...['config-compiler', 'control-plane', 'mesh-config', 'mesh-test', 'route-analysis'].map(
      (name) => `/packages/${name}/`,
    ),
    '/xds-server/',
    '/cli/dist/commands/route/',
  ],
  builtins: ['crypto', 'http2', 'https', 'internal/deps/undici/undici', 'tls', 'inspector'],
}

function wasted({ modules, builtins }: Loaded): string[] {
  return [
    ...needless.modules.filter((part) => modules.some((it) => it.includes(part))),
    ...needless.builtins.filter((name) => builtins.includes(name)),
  ]
}

const admin = `admin: { address: { socketAddress: { address: 127.0.0.1, portValue: 0 } } }
`

const listenerAndCluster = `node: { id: here, cluster: here }
staticResources:
  listeners:
  - name: in
    address: { socketAddress: { address: 127.0.0.1, portValue: 0 } }
    filterChains:
    - filters:
      - name: http
        typedConfig:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          statPrefix: in
          routeConfig: { virtualHosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: there } }] }] }
          httpFilters:
          - name: router
            typedConfig: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
  - name: there
    type: STATIC
    connectTimeout: 1s
    loadAssignment:
      clusterName: there
      endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: 127.0.0.1, portValue: 9 } } } }] }]
`

// Nobody listens at port 9: what counts is that the proxy would speak gRPC.
const dynamicResources = `node: { id: here, cluster: here }
dynamicResources:
  adsConfig: { apiType: GRPC, transportApiVersion: V3, grpcServices: [{ envoyGrpc: { clusterName: xds } }] }
  cdsConfig: { ads: {}, resourceApiVersion: V3 }
  ldsConfig: { ads: {}, resourceApiVersion: V3 }
staticResources:
  clusters:
  - name: xds
    type: STATIC
    connectTimeout: 1s
    typedExtensionProtocolOptions:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicitHttpConfig: { http2ProtocolOptions: {} }
    loadAssignment:
      clusterName: xds
      endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: 127.0.0.1, portValue: 9 } } } }] }]
`
