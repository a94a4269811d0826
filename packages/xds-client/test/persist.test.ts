import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createXdsClient, type LogEntry, parseBootstrap, type XdsClient } from '../src/index.ts'
import { AdsServer } from './ads-server.ts'
import { Awaited } from './awaited.ts'
import { edsCluster, endpoints, rdsListener, routes, staticCluster } from './resources.ts'

let folder: string
let server: AdsServer
const clients: XdsClient[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xds-client-'))
  server = new AdsServer()
  await server.listen()
  server.set('cds', [edsCluster('a')])
  server.set('eds', [endpoints('a', 80)])
  server.set('lds', [rdsListener('http', 'r')])
  server.set('rds', [routes('r', 'a')])
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  server.crash()
  await rm(folder, { recursive: true })
})

test.each(['GRPC', 'DELTA_GRPC'])(
  'over %s, a client that starts without the control plane goes on with what was saved',
  async (apiType) => {
    const first = start(apiType)
    await first.client.start()
    await first.client.ready
    const before = first.client.view
    await first.client.close()
    server.crash()

    const second = start(apiType)
    await second.client.start()
    await second.client.ready
    expect(second.client.view).toEqual(before)
    expect(second.log.items.map(({ message }) => message)).toContain(
      'using the saved configuration',
    )

    // What went away in the meantime goes away.
    server.set('cds', [staticCluster('b', 81)])
    server.set('lds', [])
    await server.listen()
    await second.views.next(({ clusters, listeners }) => clusters.has('b') && listeners.size === 0)
    expect([...second.client.view.clusters.keys()].sort()).toEqual(['b', 'xds'])
  },
)

test('what was saved is not replaced by the half of a configuration', async () => {
  const first = start('GRPC')
  await first.client.start()
  await first.client.ready
  await first.client.close()
  const before = await readFile(path(), 'utf8')

  server.silent.add('lds')
  server.set('cds', [edsCluster('b')])
  server.set('eds', [endpoints('b', 80)])
  const second = start('GRPC')
  await second.client.start()
  await second.views.next(({ clusters }) => clusters.has('b'))
  await second.client.close()

  expect(await readFile(path(), 'utf8')).toBe(before)
})

test.each(['GRPC', 'DELTA_GRPC'])(
  'over %s, what was saved is used when the control plane goes before it has said all',
  async (apiType) => {
    const first = start(apiType)
    await first.client.start()
    await first.client.ready
    const before = first.client.view
    await first.client.close()
    server.silent.add('lds')
    server.set('cds', [edsCluster('a'), staticCluster('b', 81)])
    const second = start(apiType)
    await second.client.start()
    await second.views.next(({ clusters }) => clusters.has('b'))

    server.crash()
    await second.client.ready

    expect(second.client.view.listeners).toEqual(before.listeners)
    expect(second.client.view.routes).toEqual(before.routes)

    server.silent.clear()
    server.set('cds', [staticCluster('c', 81)])
    server.set('lds', [])
    await server.listen()
    await second.views.next(({ clusters, listeners }) => clusters.has('c') && listeners.size === 0)
    expect([...second.client.view.clusters.keys()].sort()).toEqual(['c', 'xds'])
  },
)

test('a start without the control plane does not wait for what was never saved', async () => {
  server.set('cds', [edsCluster('a', '1s', '0s')])
  const first = start('GRPC')
  await first.client.start()
  await first.client.ready
  // One more, whose endpoints never come before the end.
  server.silent.add('eds')
  server.set('cds', [edsCluster('a', '1s', '0s'), edsCluster('new', '1s', '0s')])
  await server.requests.next(({ resourceNames = [] }) => resourceNames.includes('new'))
  await first.client.close()
  server.crash()

  const second = start('GRPC')
  await second.client.start()
  await second.client.ready

  expect(second.client.view.listeners.has('http')).toBe(true)
})

test('only the owner can read the file, and nothing is left beside it', async () => {
  const { client } = start('GRPC')
  await client.start()
  await client.ready
  await client.close()

  expect((await stat(path())).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['saved.json'])
})

test.each([
  ['cut short', (text: string) => text.slice(0, text.length / 2)],
  ['changed', (text: string) => text.replace('"a"', '"z"')],
  ['something else', () => 'hello'],
  ['of another format', (text: string) => text.replace('"format":1', '"format":99')],
  ['of another proxy', (text: string) => text, 'sidecar~2~other.ns~ns.svc.cluster.local'],
])('a file that is %s is ignored with a warning', async (_, spoil, nodeId?: string) => {
  const first = start('GRPC')
  await first.client.start()
  await first.client.ready
  await first.client.close()
  server.crash()
  await writeFile(path(), spoil(await readFile(path(), 'utf8')))

  const second = start('GRPC', nodeId)
  await second.client.start()
  const warning = await second.log.next(
    ({ message }) => message === 'the saved configuration is ignored',
  )
  expect(warning.level).toBe('warn')
  expect([...second.client.view.clusters.keys()]).toEqual(['xds'])
})

function path(): string {
  return join(folder, 'saved.json')
}

function start(apiType: string, id = 'sidecar~1~a.default~default.svc.cluster.local') {
  const views = new Awaited<XdsClient['view']>()
  const log = new Awaited<LogEntry>()
  const endpoint = { address: { socketAddress: { address: '127.0.0.1', portValue: server.port } } }
  const xds = {
    name: 'xds',
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: { clusterName: 'xds', endpoints: [{ lbEndpoints: [{ endpoint }] }] },
  }
  const bootstrap = parseBootstrap(
    JSON.stringify({
      node: { id, cluster: 'a' },
      staticResources: { clusters: [xds] },
      dynamicResources: {
        ldsConfig: { ads: {} },
        cdsConfig: { ads: {} },
        adsConfig: { apiType, grpcServices: [{ envoyGrpc: { clusterName: 'xds' } }] },
      },
    }),
  )
  const client = createXdsClient({
    bootstrap,
    onUpdate: (view) => views.add(view),
    persist: path(),
    random: () => 0.01,
    log: (entry) => log.add(entry),
  })
  clients.push(client)
  return { client, views, log }
}
