import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ServerCredentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { createXdsClient, type LogEntry, parseBootstrap, type XdsClient } from '../src/index.ts'
import { AdsServer } from './ads-server.ts'
import { Awaited } from './awaited.ts'
import { inlineListener, staticCluster } from './resources.ts'

const clients: XdsClient[] = []
const servers: AdsServer[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  for (const server of servers.splice(0)) server.crash()
})

describe('TLS to the control plane', () => {
  test('connects to whom the bootstrap trusts, and shows its own certificate', async () => {
    const { client, log } = await connect(
      await tlsServer(),
      tls('ca', 'control-plane.test', 'client'),
    )
    await client.ready
    expect(log.items.map(({ message }) => message)).toContain('connected to the control plane')
  })

  test.each([
    ['is of another authority', tls('other-ca', 'control-plane.test', 'client')],
    ['is for another name', tls('ca', 'elsewhere.test', 'client')],
  ])('does not connect if the certificate of the control plane %s', async (_, socket) => {
    const { client, log } = await connect(await tlsServer(), socket)
    await log.next(({ message }) => message === 'no stream to the control plane')
    expect(client.status().connected).toBe(false)
  })

  test('does not connect without the certificate that the control plane wants', async () => {
    const { client, log } = await connect(await tlsServer(), tls('ca', 'control-plane.test'))
    await log.next(({ message }) => message === 'no stream to the control plane')
    expect(client.status().connected).toBe(false)
  })

  test('a file that is missing is told and tried again', async () => {
    const { log } = await connect(await tlsServer(), tls('nowhere', 'control-plane.test'))
    const entry = await log.next(({ message }) => message === 'no stream to the control plane')
    expect(entry['reason']).toContain('ENOENT')
  })
})

describe('a typed config of a type that is not known', () => {
  const unknown = { '@type': 'type.googleapis.com/acme.Shield', value: 'AAAA' }

  test('makes a NACK that names the type', async () => {
    const server = await plainServer()
    server.set('lds', [withFilter({ name: 'shield', typedConfig: unknown })])
    const { client } = await connect(server)
    const nack = await server.requests.next(({ errorDetail }) => errorDetail !== undefined)

    expect(nack.errorDetail?.message).toBe(
      '"http": "shield" has a typed config of an unknown type: type.googleapis.com/acme.Shield',
    )
    expect(client.view.listeners.size).toBe(0)
  })

  test.each(['isOptional', 'disabled'])('is passed over where it says %s', async (flag) => {
    const server = await plainServer()
    server.set('lds', [withFilter({ name: 'shield', typedConfig: unknown, [flag]: true })])
    const { client } = await connect(server)
    await client.ready

    expect(client.view.listeners.has('http')).toBe(true)
  })
})

test('a resource that the bootstrap has already is not replaced', async () => {
  const server = await plainServer()
  server.set('cds', [staticCluster('xds', 1), staticCluster('a', 2)])
  const { client, log } = await connect(server)
  await client.ready

  expect(client.view.clusters.get('xds')).not.toEqual(staticCluster('xds', 1))
  expect(log.items).toContainEqual(
    expect.objectContaining({ level: 'warn', resource: 'xds', type: 'cds' }),
  )
})

test('a static resource that the data plane refuses fails the start', async () => {
  const server = await plainServer()
  const client = createXdsClient({
    bootstrap: parseBootstrap(bootstrap(server.port)),
    onUpdate: () => undefined,
    check: () => 'not for us',
  })
  clients.push(client)
  await expect(client.start()).rejects.toMatchObject({
    code: 'ERR_XDS_CLIENT_STATIC_RESOURCE',
    message: expect.stringContaining('static cluster "xds": not for us'),
  })
})

function withFilter(filter: object) {
  const listener = inlineListener('http', 'a')
  return JSON.parse(
    JSON.stringify(listener).replace(
      '"httpFilters":[',
      `"httpFilters":[${JSON.stringify(filter)},`,
    ),
  )
}

async function plainServer(): Promise<AdsServer> {
  return started(new AdsServer())
}

async function tlsServer(): Promise<AdsServer> {
  const pair = { cert_chain: pem('server'), private_key: pem('server-key') }
  return started(new AdsServer(ServerCredentials.createSsl(pem('ca'), [pair], true)))
}

async function started(server: AdsServer): Promise<AdsServer> {
  servers.push(server)
  await server.listen()
  server.set('cds', [staticCluster('a', 1)])
  server.set('lds', [])
  return server
}

async function connect(server: AdsServer, transportSocket?: object) {
  const log = new Awaited<LogEntry>()
  const client = createXdsClient({
    bootstrap: parseBootstrap(bootstrap(server.port, transportSocket)),
    onUpdate: () => undefined,
    log: (entry) => log.add(entry),
  })
  clients.push(client)
  await client.start()
  return { client, log }
}

function bootstrap(port: number, transportSocket?: object): string {
  const xds = { ...staticCluster('xds', port), ...(transportSocket && { transportSocket }) }
  return JSON.stringify({
    node: { id: 'sidecar~127.0.0.1~test.default~default.svc.cluster.local' },
    staticResources: { clusters: [xds] },
    dynamicResources: {
      ldsConfig: { ads: {} },
      cdsConfig: { ads: {} },
      adsConfig: { apiType: 'DELTA_GRPC', grpcServices: [{ envoyGrpc: { clusterName: 'xds' } }] },
    },
  })
}

function tls(authority: string, sni: string, certificate?: string) {
  const own = certificate && {
    tlsCertificates: [
      {
        certificateChain: { filename: path(certificate) },
        privateKey: { filename: path(`${certificate}-key`) },
      },
    ],
  }
  const validationContext = { trustedCa: { filename: path(authority) } }
  return {
    name: 'envoy.transport_sockets.tls',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni,
      commonTlsContext: { validationContext, ...own },
    },
  }
}

function pem(name: string): Buffer {
  return readFileSync(path(name))
}

function path(name: string): string {
  return fileURLToPath(new URL(`fixtures/tls/${name}.pem`, import.meta.url))
}
