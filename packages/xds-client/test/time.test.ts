import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock, seededRandom } from '@meshwright/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createXdsClient,
  type LogEntry,
  parseBootstrap,
  type XdsClient,
  type XdsClientOptions,
  type XdsView,
} from '../src/index.ts'
import { typeUrls } from '../src/resource-type.ts'
import { AdsServer, type SeenRequest } from './ads-server.ts'
import { Awaited } from './awaited.ts'
import { edsCluster, staticCluster } from './resources.ts'

let server: AdsServer
let clock: ManualClock
const clients: XdsClient[] = []

beforeEach(async () => {
  clock = new ManualClock()
  server = new AdsServer()
  await server.listen()
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  server.crash()
})

test('a start goes on without the first answer after initial_fetch_timeout, and no earlier', async () => {
  server.silent.add('cds')
  server.set('lds', [])
  const { client, counts } = await connect({}, { initialFetchTimeout: '3s' })
  await server.requests.next(({ responseNonce }) => responseNonce !== undefined)
  clock.advance(2999)
  expect(await isSettled(client.ready)).toBe(false)

  clock.advance(1)
  await client.ready
  expect(counts.get('cluster_manager.cds.init_fetch_timeout')).toBe(1)
  expect(counts.get('listener_manager.lds.init_fetch_timeout')).toBeUndefined()
})

test('an initial_fetch_timeout of 0 waits for as long as it takes', async () => {
  server.silent.add('cds')
  server.set('lds', [])
  const { client } = await connect({}, { initialFetchTimeout: '0s' })
  await server.requests.next(({ responseNonce }) => responseNonce !== undefined)
  clock.advance(1e9)
  expect(await isSettled(client.ready)).toBe(false)

  server.silent.clear()
  server.set('cds', [])
  await client.ready
})

test('a cluster whose endpoints never come is used without them in time', async () => {
  server.silent.add('eds')
  server.set('cds', [edsCluster('a', '1s', '7s')])
  const { client, views } = await connect()
  await server.requests.next(({ resourceNames }) => resourceNames?.[0] === 'a')
  clock.advance(6999)
  expect(client.view.clusters.has('a')).toBe(false)

  clock.advance(1)
  await views.next(({ clusters }) => clusters.has('a'))
})

test('while the control plane is gone it is tried again after waits that grow, and then follows on', async () => {
  server.set('cds', [staticCluster('a', 1)])
  const { client, views, log } = await connect({ random: () => 0.5 })
  await views.next(({ clusters }) => clusters.has('a'))

  server.crash()
  const waits: unknown[] = []
  for (let round = 0, seen = 0; round < 4; round++) {
    const entry = await log.next(
      ({ message }) => message === 'no stream to the control plane',
      seen,
    )
    seen = log.items.indexOf(entry) + 1
    waits.push(entry['retryMs'])
    if (round < 3) clock.advance(Number(entry['retryMs']))
  }
  expect(waits).toEqual([250, 500, 1000, 2000])
  expect(client.status().connected).toBe(false)
  expect(client.view.clusters.has('a')).toBe(true)

  server.set('cds', [staticCluster('a', 2)])
  await server.listen()
  clock.advance(2000)
  const { clusters } = await views.next((view) =>
    JSON.stringify([...view.clusters.values()]).includes('"portValue":2}'),
  )
  expect(clusters.size).toBe(2)
  expect(client.status().connected).toBe(true)
})

test('a control plane whose second response is none is not asked again and again at once', async () => {
  server.set('cds', [staticCluster('a', 1)])
  const { log } = await connect({ random: () => 0.5 })
  const waits: number[] = []
  for (let last = 0; waits.length < 4; ) {
    const isNewAck = (it: SeenRequest) => it.stream > last && it.responseNonce !== undefined
    last = (await server.requests.next(isNewAck)).stream
    const entries = log.items.length
    server.sendRaw(Uint8Array.of(0xff, 0xff))
    const { retryMs } = await log.next((it) => it['retryMs'] !== undefined, entries)
    waits.push(Number(retryMs))
    clock.advance(Number(retryMs))
  }

  expect(waits).toEqual([250, 500, 1000, 2000])
})

test('what was saved is used if the control plane accepts the stream and says nothing for 3 s', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xds-client-'))
  const persist = join(folder, 'saved.json')
  try {
    server.set('cds', [staticCluster('a', 1)])
    server.set('lds', [])
    const first = await connect({ persist })
    await first.client.ready
    await first.client.close()

    server.silent.add('cds').add('lds')
    const second = await connect({ persist })
    clock.advance(2999)
    expect(second.client.view.clusters.has('a')).toBe(false)
    clock.advance(1)
    await second.client.ready
    expect(second.client.view.clusters.has('a')).toBe(true)
    await second.client.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each(['GRPC', 'DELTA_GRPC'])(
  'over %s, what was saved goes when the control plane that said nothing for 3 s says that it is gone',
  async (apiType) => {
    const folder = await mkdtemp(join(tmpdir(), 'xds-client-'))
    const persist = join(folder, 'saved.json')
    try {
      server.set('cds', [staticCluster('a', 1)])
      server.set('lds', [])
      const first = await connect({ persist }, { apiType })
      await first.client.ready
      await first.client.close()
      server.silent.add('cds').add('lds')
      const requests = server.requests.items.length
      const { client, views } = await connect({ persist }, { apiType })
      await server.requests.next((it) => it.typeUrl === typeUrls.lds, requests)
      clock.advance(3000)
      await client.ready
      expect(client.view.clusters.has('a')).toBe(true)

      server.silent.clear()
      server.set('cds', [staticCluster('b', 1)])
      server.set('lds', [])

      await views.next(({ clusters }) => clusters.has('b') && !clusters.has('a'))
      await client.close()
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

test('a closed client leaves no timer behind, and whoever waits for it is told', async () => {
  server.silent.add('cds').add('lds')
  const { client } = await connect()
  await client.close()

  expect(clock.pending).toBe(0)
  await expect(client.ready).rejects.toMatchObject({ code: 'ERR_XDS_CLIENT_CLOSED' })
  await expect(client.start()).rejects.toMatchObject({ code: 'ERR_XDS_CLIENT_STARTED' })
})

async function connect(options: Partial<XdsClientOptions> = {}, source: Source = {}) {
  const views = new Awaited<XdsView>()
  const log = new Awaited<LogEntry>()
  const counts = new Map<string, number>()
  const client = createXdsClient({
    bootstrap: parseBootstrap(bootstrap(source)),
    onUpdate: (view) => views.add(view),
    log: (entry) => log.add(entry),
    stats: {
      counter: (name) => ({
        inc: (by = 1) => {
          if (by > 0) counts.set(name, (counts.get(name) ?? 0) + by)
        },
      }),
      gauge: () => ({ set: () => undefined }),
    },
    clock,
    timers: clock,
    random: seededRandom(1),
    ...options,
  })
  clients.push(client)
  await client.start()
  return { client, views, log, counts }
}

interface Source {
  readonly initialFetchTimeout?: string
  readonly apiType?: string
}

function bootstrap({ apiType = 'GRPC', ...source }: Source): string {
  return JSON.stringify({
    node: { id: 'sidecar~127.0.0.1~test.default~default.svc.cluster.local' },
    staticResources: { clusters: [staticCluster('xds', server.port)] },
    dynamicResources: {
      ldsConfig: { ads: {}, ...source },
      cdsConfig: { ads: {}, ...source },
      adsConfig: { apiType, grpcServices: [{ envoyGrpc: { clusterName: 'xds' } }] },
    },
  })
}

function isSettled(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), Promise.resolve(false)])
}
