import { Server as GrpcServer, ServerCredentials, status } from '@grpc/grpc-js'
import { ManualClock } from '@meshwright/testkit'
import { afterEach, expect, test } from 'vitest'
import {
  type ClientIdentity,
  type Convergence,
  createXdsServer,
  type ResourceSet,
  type XdsServer,
  XdsServerError,
  type XdsServerOptions,
} from '../src/index.ts'
import { typeUrls } from '../src/resource-type.ts'
import { deltaClient, sotwClient } from './ads-client.ts'

const servers: XdsServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function serve(options: XdsServerOptions) {
  const server = createXdsServer(options)
  servers.push(server)
  return { server, address: await server.listen({ port: 0 }) }
}

const node = { id: 'sidecar~10.0.0.1~a.default~default.svc.cluster.local', cluster: 'a' }

function cluster(name: string, connectTimeout = '1s') {
  return {
    name,
    type: 'EDS',
    connectTimeout,
    edsClusterConfig: { edsConfig: { ads: {} } },
  } as const
}

function endpoints(clusterName: string, port: number) {
  const address = { socketAddress: { address: '127.0.0.1', portValue: port } }
  return { clusterName, endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] }
}

test('serves the state of the world over gRPC, and what changes', async () => {
  let resources: ResourceSet = { clusters: [cluster('a')] }
  const { server, address } = await serve({ resourcesFor: () => resources, identifier: 'test' })
  using client = sotwClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  const first = await client.next()
  expect(first).toMatchObject({
    typeUrl: typeUrls.cluster,
    resources: [{ '@type': typeUrls.cluster, ...cluster('a') }],
    controlPlane: { identifier: 'test' },
  })
  const { nonce = '', versionInfo = '' } = first
  client.send({ typeUrl: typeUrls.cluster, responseNonce: nonce, versionInfo })
  await server.settled()

  resources = { clusters: [cluster('a'), cluster('b')] }
  server.push('config')

  const second = await client.next()
  expect(second.resources).toMatchObject([{ name: 'a' }, { name: 'b' }])
  expect(second.versionInfo).not.toBe(versionInfo)
})

test('serves differences over gRPC, and names what is gone', async () => {
  let resources: ResourceSet = { clusters: [cluster('a'), cluster('b')] }
  const { server, address } = await serve({ resourcesFor: () => resources })
  using client = deltaClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  const { nonce = '', resources: all = [] } = await client.next()
  expect(all.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(all[0]?.resource).toEqual({ '@type': typeUrls.cluster, ...cluster('a') })
  client.send({ typeUrl: typeUrls.cluster, responseNonce: nonce })
  await server.settled()

  resources = { clusters: [cluster('a')] }
  server.push('config')

  const second = await client.next()
  expect(second).toMatchObject({ removedResources: ['b'] })
  expect(second.resources ?? []).toEqual([])
})

test('gives equal resources equal versions, on both protocols and on another server', async () => {
  const first = await serve({ resourcesFor: () => ({ clusters: [cluster('a')] }) })
  const second = await serve({ resourcesFor: () => ({ clusters: [cluster('a')] }) })
  using sotw = sotwClient(first.address)
  using delta = deltaClient(second.address)

  sotw.send({ node, typeUrl: typeUrls.cluster })
  delta.send({ node, typeUrl: typeUrls.cluster })

  expect((await sotw.next()).versionInfo).toBe((await delta.next()).systemVersionInfo)
})

test('encodes a resource once, whatever the number of streams and pushes', async () => {
  let port = 1
  const { server, address } = await serve({
    resourcesFor: () => ({ clusters: [cluster('a')], endpoints: [endpoints('a', port)] }),
  })
  using one = sotwClient(address)
  using two = deltaClient(address)
  for (const client of [one, two]) {
    client.send({ node, typeUrl: typeUrls.cluster })
    await client.next()
  }
  expect(server.encoded).toBe(2)

  port = 2
  server.push('endpoints')
  one.send({ typeUrl: typeUrls.endpoint, resourceNames: ['a'] })
  await one.next()

  expect(server.encoded).toBe(3)
})

test('shows the reason of a NACK and how far every client is', async () => {
  const { server, address } = await serve({
    resourcesFor: () => ({ clusters: [cluster('a')], listeners: [{ name: 'l' }] }),
    wallClock: () => 1_000,
  })
  using client = sotwClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  const { nonce = '' } = await client.next()
  client.send({
    typeUrl: typeUrls.cluster,
    responseNonce: nonce,
    errorDetail: { code: 3, message: 'a: bad' },
  })
  client.send({ typeUrl: typeUrls.listener })
  await client.next()

  const [found] = server.clients()

  expect(found).toMatchObject({
    node,
    variant: 'sotw',
    settled: false,
    connectedAtWallMs: 1_000,
    types: [
      {
        typeUrl: typeUrls.cluster,
        status: 'ERROR',
        wildcard: true,
        rejection: { code: 3, message: 'a: bad', nonce },
      },
      { typeUrl: typeUrls.listener, status: 'STALE' },
    ],
  })
})

test('tells when every client has answered a push, and who refused it', async () => {
  const told: Convergence[] = []
  const synced: ClientIdentity[] = []
  let resources: ResourceSet = { clusters: [cluster('a')] }
  const { server, address } = await serve({
    resourcesFor: () => resources,
    events: {
      converged: (it) => told.push(it),
      synced: ({ client }) => synced.push(client),
    },
  })
  using good = sotwClient(address)
  using bad = deltaClient(address)
  for (const client of [good, bad]) {
    client.send({ node, typeUrl: typeUrls.cluster })
    const { nonce = '' } = await client.next()
    client.send({ typeUrl: typeUrls.cluster, responseNonce: nonce })
  }
  await server.settled()

  resources = { clusters: [cluster('a', '2s')] }
  server.push('config')
  server.push('again')
  const settled = server.settled()
  good.send({ typeUrl: typeUrls.cluster, responseNonce: (await good.next()).nonce ?? '' })
  const { nonce = '' } = await bad.next()
  bad.send({
    typeUrl: typeUrls.cluster,
    responseNonce: nonce,
    errorDetail: { code: 3, message: 'no' },
  })
  await settled

  expect(told).toMatchObject([{ reasons: ['config', 'again'], pushed: 2, rejecting: 1 }])
  expect(synced.map(({ id }) => id).sort()).toEqual([1, 2])
})

test('sends nothing to a client whose resources are what they were, or who is not concerned', async () => {
  const sent: string[] = []
  const versions: Record<string, string> = { one: '1s', two: '1s', three: '1s' }
  const { server, address } = await serve({
    resourcesFor: ({ id = '' }) => ({ clusters: [cluster(id, versions[id] ?? '9s')] }),
    events: { sent: ({ client }) => sent.push(client.node.id ?? '') },
  })
  using one = sotwClient(address)
  using two = sotwClient(address)
  using three = sotwClient(address)
  for (const [client, id] of [
    [one, 'one'],
    [two, 'two'],
    [three, 'three'],
  ] as const) {
    client.send({ node: { id }, typeUrl: typeUrls.cluster })
    const { nonce = '' } = await client.next()
    client.send({ typeUrl: typeUrls.cluster, responseNonce: nonce })
  }
  await server.settled()
  sent.length = 0

  versions['two'] = '2s'
  versions['three'] = '2s'
  server.push('config', (client) => client.node.id !== 'three')
  const { nonce = '' } = await two.next()
  two.send({ typeUrl: typeUrls.cluster, responseNonce: nonce })
  await server.settled()

  expect(sent).toEqual(['two'])
})

test('adds its service to a gRPC server of the caller', async () => {
  const grpc = new GrpcServer()
  const server = createXdsServer({ resourcesFor: () => ({}) })
  server.attach(grpc)
  const port = await new Promise<number>((resolve) => {
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) => resolve(bound))
  })
  using client = sotwClient({ host: '127.0.0.1', port })

  client.send({ node, typeUrl: typeUrls.listener })

  expect(await client.next()).toMatchObject({ typeUrl: typeUrls.listener })
  await server.close()
  expect(await client.status).toMatchObject({ code: status.UNAVAILABLE })
  grpc.forceShutdown()
})

test('ends a stream that carries no node, no request or a node that is refused', async () => {
  const { address } = await serve({
    resourcesFor: ({ id }) => {
      if (id === 'internal') throw new Error('a secret path')
      throw Object.assign(new Error(`expected four parts, got ${id}`), { code: 'ERR_NODE_ID' })
    },
  })

  using anonymous = sotwClient(address)
  anonymous.send({ typeUrl: typeUrls.cluster })
  expect(await anonymous.status).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: 'expected the first request to carry a node, got none',
  })

  using garbled = deltaClient(address)
  garbled.sendBytes(Uint8Array.of(0xff))
  expect(await garbled.status).toMatchObject({ code: status.INVALID_ARGUMENT })

  using malformed = sotwClient(address)
  malformed.send({ node: { id: 'x' }, typeUrl: typeUrls.cluster })
  expect(await malformed.status).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: 'expected four parts, got x',
  })

  using internal = sotwClient(address)
  internal.send({ node: { id: 'internal' }, typeUrl: typeUrls.cluster })
  const { code, details } = await internal.status
  expect(code).toBe(status.INTERNAL)
  expect(details).not.toContain('secret')
})

test('sends clients away while there is nothing to serve, and keeps those that came before', async () => {
  let resources: ResourceSet | undefined = { clusters: [cluster('a')] }
  const { server, address } = await serve({ resourcesFor: () => resources })
  using early = sotwClient(address)
  early.send({ node, typeUrl: typeUrls.cluster })
  const { nonce = '' } = await early.next()
  early.send({ typeUrl: typeUrls.cluster, responseNonce: nonce })
  await server.settled()
  resources = undefined
  server.push('lost')

  using late = sotwClient(address)
  late.send({ node, typeUrl: typeUrls.cluster })

  expect(await late.status).toMatchObject({ code: status.UNAVAILABLE })
  expect(server.clients()).toHaveLength(1)
})

test('tells of a resource that cannot be encoded and leaves the client what it has', async () => {
  const failures: unknown[] = []
  let resources: ResourceSet = { clusters: [cluster('a')] }
  const { server, address } = await serve({
    resourcesFor: () => resources,
    events: { failed: ({ error }) => failures.push(error) },
  })
  using client = sotwClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  const { nonce = '' } = await client.next()
  client.send({ typeUrl: typeUrls.cluster, responseNonce: nonce })
  await server.settled()

  resources = { clusters: [{ name: 'a', connectTimeout: 'soon' }] }
  server.push('bad')
  await server.settled()

  expect(failures).toHaveLength(1)
  expect(failures[0]).toBeInstanceOf(XdsServerError)
  expect(failures[0]).toMatchObject({ code: 'ERR_XDS_SERVER_BAD_RESOURCE' })
})

test('bounds streams, names and the size of a request', async () => {
  const { address } = await serve({
    resourcesFor: () => ({}),
    limits: { maxStreams: 1, maxNamesPerType: 2, maxRequestBytes: 1_000 },
  })
  using greedy = sotwClient(address)
  greedy.send({ node, typeUrl: typeUrls.endpoint, resourceNames: ['a', 'b', 'c'] })
  expect(await greedy.status).toMatchObject({ code: status.RESOURCE_EXHAUSTED })

  using big = sotwClient(address)
  big.send({ node: { id: 'x'.repeat(2_000) }, typeUrl: typeUrls.cluster })
  expect(await big.status).toMatchObject({ code: status.RESOURCE_EXHAUSTED })

  using first = sotwClient(address)
  first.send({ node, typeUrl: typeUrls.cluster })
  await first.next()
  using second = sotwClient(address)
  second.send({ node, typeUrl: typeUrls.cluster })
  expect(await second.status).toMatchObject({ code: status.RESOURCE_EXHAUSTED })
})

test('refuses limits that let nothing through, and an address in use', async () => {
  expect(() => createXdsServer({ resourcesFor: () => ({}), limits: { maxStreams: 0 } })).toThrow(
    RangeError,
  )
  const { address } = await serve({ resourcesFor: () => ({}) })
  const other = createXdsServer({ resourcesFor: () => ({}) })
  servers.push(other)

  await expect(other.listen({ port: address.port })).rejects.toMatchObject({
    code: 'ERR_XDS_SERVER_LISTEN',
  })
})

test('encodes ahead what it is told to, and says what cannot be encoded', async () => {
  const resources = { clusters: [cluster('a')] }
  const { server, address } = await serve({ resourcesFor: () => resources })

  server.prepare(resources)
  using client = sotwClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  await client.next()

  expect(server.encoded).toBe(1)
  expect(() => server.prepare({ clusters: [{ name: '' }] })).toThrow('ERR_XDS_SERVER_BAD_RESOURCE')
})

test('ends a stream on which nothing is said', async () => {
  const clock = new ManualClock()
  const { address } = await serve({ resourcesFor: () => ({}), clock, timers: clock })
  using client = sotwClient(address)
  while (clock.pending === 0) await new Promise(setImmediate)

  clock.advance(15_000)

  expect(await client.status).toMatchObject({ code: status.DEADLINE_EXCEEDED })
})

test('forgets a client that leaves', async () => {
  const { server, address } = await serve({ resourcesFor: () => ({}) })
  using client = sotwClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  await client.next()

  client.end()
  await client.status

  expect(server.clients()).toEqual([])
})

test('takes a stream by headers at once, also of a client that has nothing to receive', async () => {
  const { address } = await serve({ resourcesFor: () => ({}) })
  using client = sotwClient(address)

  client.send({ node, typeUrl: typeUrls.endpoint, resourceNames: ['ghost'] })

  await client.taken
})

test('takes no stream that it sends away', async () => {
  const { address } = await serve({ resourcesFor: () => undefined })
  using client = sotwClient(address)
  let taken = false
  void client.taken.then(() => {
    taken = true
  })

  client.send({ node, typeUrl: typeUrls.cluster })

  expect(await client.status).toMatchObject({ code: status.UNAVAILABLE })
  expect(taken).toBe(false)
})

test('keeps the latest only for a client that reads no more, and serves the others on', async () => {
  let resources: ResourceSet = {}
  let bytes = 0
  const rounds = 30
  const { server, address } = await serve({
    resourcesFor: ({ id }) => (id === 'slow' ? { ...resources } : resources),
    events: {
      sent: (event) => {
        if (event.client.node.id === 'slow') bytes += event.bytes
      },
    },
  })
  // 2 MB a response: more than the windows of HTTP/2 and the buffers of sockets take.
  const heavy = (round: number) => ({
    clusters: Array.from({ length: 20 }, (_, i) => ({
      ...cluster(`c${i}`),
      altStatName: `${round}${'x'.repeat(100_000)}`,
    })),
  })
  resources = heavy(0)
  using slow = sotwClient(address)
  slow.pause()
  for (const typeUrl of [typeUrls.cluster, typeUrls.listener])
    slow.send({ node: { ...node, id: 'slow' }, typeUrl })
  using quick = sotwClient(address)
  quick.send({ node, typeUrl: typeUrls.cluster })
  let { nonce = '' } = await quick.next()
  for (let round = 1; round <= rounds; round++) {
    quick.send({ typeUrl: typeUrls.cluster, responseNonce: nonce })
    resources = heavy(round)
    server.push('config')
    ;({ nonce = '' } = await quick.next())
    // Whoever does not read may still ask.
    slow.send({ typeUrl: typeUrls.cluster })
  }

  expect(bytes).toBeLessThan(5_000_000)
  expect(server.clients().map(({ settled }) => settled)).toContain(false)
}, 30_000)

test('keeps the reason of a NACK to a length, and refuses names that are longer than any', async () => {
  const { server, address } = await serve({ resourcesFor: () => ({ clusters: [cluster('a')] }) })
  using client = sotwClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  const { nonce = '' } = await client.next()
  const errorDetail = { code: 3, message: 'n'.repeat(100_000) }
  client.send({ typeUrl: typeUrls.cluster, responseNonce: nonce, errorDetail })
  await server.settled()

  const message = server.clients()[0]?.types[0]?.rejection?.message ?? ''
  expect(message.length).toBeGreaterThan(1_000)
  expect(message.length).toBeLessThan(10_000)
  client.send({ typeUrl: typeUrls.endpoint, resourceNames: ['n'.repeat(100_000)] })
  expect(await client.status).toMatchObject({ code: status.INVALID_ARGUMENT })
})

test('keeps few reasons of pushes that somebody never answers', async () => {
  let round = 0
  const converged: Convergence[] = []
  const { server, address } = await serve({
    resourcesFor: () => ({ clusters: [cluster('a', `${round}s`)] }),
    events: { converged: (convergence) => void converged.push(convergence) },
  })
  using client = sotwClient(address)
  client.send({ node, typeUrl: typeUrls.cluster })
  await client.next()
  for (round = 1; round <= 1_000; round++) server.push(`round ${round}`)
  client.end()
  await client.status
  await server.settled()

  expect(converged).toHaveLength(1)
  expect(converged[0]?.reasons.length).toBeLessThanOrEqual(100)
})
