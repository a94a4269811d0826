import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createXdsClient,
  parseBootstrap,
  type XdsClient,
  type XdsClientOptions,
  type XdsView,
} from '../src/index.ts'
import { typeUrls } from '../src/resource-type.ts'
import { AdsServer } from './ads-server.ts'
import { Awaited } from './awaited.ts'
import { inlineListener, secret, staticCluster, tlsWaiting } from './resources.ts'

let server: AdsServer
let folder: string
const clients: XdsClient[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xds-secrets-'))
  server = new AdsServer()
  await server.listen()
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  server.crash()
  await rm(folder, { recursive: true })
})

function listenerWaiting(name: string, options: Parameters<typeof tlsWaiting>[2]): ListenerJson {
  const listener = inlineListener(name, 'a')
  const [chain] = listener.filterChains ?? []
  const transportSocket = tlsWaiting('Downstream', 'default', options)
  return { ...listener, filterChains: [{ ...chain, transportSocket }] }
}

function clusterWaiting(
  name: string,
  certificate: string,
  options?: Parameters<typeof tlsWaiting>[2],
): ClusterJson {
  const transportSocket = tlsWaiting('Upstream', certificate, options)
  return { ...staticCluster(name, 80), transportSocket }
}

async function connect(
  apiType: string,
  options: Partial<XdsClientOptions> = {},
): Promise<{ readonly client: XdsClient; readonly views: Awaited<XdsView> }> {
  const views = new Awaited<XdsView>()
  const source = { ads: {}, resourceApiVersion: 'V3' }
  const address = { socketAddress: { address: '127.0.0.1', portValue: server.port } }
  const endpoints = [{ lbEndpoints: [{ endpoint: { address } }] }]
  const xds = {
    name: 'xds',
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: { clusterName: 'xds', endpoints },
  }
  const bootstrap = {
    node: { id: 'p', cluster: 'c' },
    staticResources: { clusters: [xds], secrets: [secret('static', 'of the bootstrap')] },
    dynamicResources: {
      cdsConfig: source,
      ldsConfig: source,
      adsConfig: {
        apiType,
        transportApiVersion: 'V3',
        grpcServices: [{ envoyGrpc: { clusterName: 'xds' } }],
      },
    },
  }
  const client = createXdsClient({
    bootstrap: parseBootstrap(JSON.stringify(bootstrap)),
    onUpdate: (view) => views.add(view),
    random: () => 0.01,
    ...options,
  })
  clients.push(client)
  await client.start()
  return { client, views }
}

const asksFor =
  (...names: string[]) =>
  (it: { typeUrl?: string; resourceNames?: readonly string[] } & object): boolean => {
    const { resourceNamesSubscribe = [] } = it as { resourceNamesSubscribe?: readonly string[] }
    const asked = new Set([...(it.resourceNames ?? []), ...resourceNamesSubscribe])
    return it.typeUrl === typeUrls.sds && names.every((name) => asked.has(name))
  }

describe.each(['GRPC', 'DELTA_GRPC'])('over %s', (apiType) => {
  test('listeners and clusters are there once the secrets are that they name', async () => {
    server.set('cds', [clusterWaiting('a', 'mine')])
    server.set('lds', [listenerWaiting('in', { roots: 'roots' })])
    // One that said that there are none would not be waited for.
    server.silent.add('sds')
    const { client, views } = await connect(apiType)
    await server.requests.next(asksFor('mine'))
    server.silent.delete('sds')

    server.set('sds', [secret('default', 'one'), secret('mine', 'two')])
    await views.next(({ clusters }) => clusters.has('a'))
    expect(client.view.listeners.size).toBe(0)
    server.set('sds', [secret('default', 'one'), secret('mine', 'two'), secret('roots', 'three')])
    await client.ready

    expect(client.view.listeners.has('in')).toBe(true)
    expect([...client.view.secrets.keys()].sort()).toEqual(['default', 'mine', 'roots'])
    expect([...client.view.staticSecrets.keys()]).toEqual(['static'])
    expect(client.view.secrets.get('mine')).toEqual(secret('mine', 'two'))
    const early = views.items.filter((it) => it.clusters.has('a') && !it.secrets.has('mine'))
    expect(early).toEqual([])
  })

  test('a new version of a secret changes nothing else, and is forgotten with the last that names it', async () => {
    server.set('cds', [])
    server.set('lds', [listenerWaiting('in', {})])
    server.set('sds', [secret('default', 'one')])
    const { client, views } = await connect(apiType)
    await client.ready
    const before = client.view

    server.set('sds', [secret('default', 'two')])
    const after = await views.next(
      ({ secrets }) =>
        secrets.get('default')?.tlsCertificate?.certificateChain?.inlineString === 'two',
    )

    expect(after.listeners).toBe(before.listeners)
    expect(after.clusters).toBe(before.clusters)
    const seen = views.items.length
    server.set('lds', [])
    const last = await views.next(({ listeners }) => listeners.size === 0, seen)
    expect([...last.secrets.keys()]).toEqual([])
    expect([...last.staticSecrets.keys()]).toEqual(['static'])
  })

  test('a secret that is refused is not waited for, and the control plane hears why', async () => {
    server.set('cds', [])
    server.set('lds', [listenerWaiting('in', {})])
    server.set('sds', [secret('default', 'bad')])
    const { client } = await connect(apiType, {
      check: (typeUrl, resource) =>
        typeUrl === typeUrls.sds && JSON.stringify(resource).includes('bad')
          ? 'cannot be used'
          : undefined,
    })
    await client.ready

    const nack = await server.requests.next(({ errorDetail }) => errorDetail !== undefined)
    expect(nack.typeUrl).toBe(typeUrls.sds)
    expect(nack.errorDetail?.message).toContain('cannot be used')
    expect(nack.errorDetail?.message).not.toContain('key of')
    expect(client.view.listeners.has('in')).toBe(true)
    expect(client.view.secrets.has('default')).toBe(false)
  })
})

test('no secret that came is kept in the file or shown in the status', async () => {
  server.set('cds', [])
  server.set('lds', [listenerWaiting('in', {})])
  server.set('sds', [secret('default', 'one')])
  const file = join(folder, 'saved')
  const { client } = await connect('GRPC', { persist: file })
  await client.ready
  expect(client.view.secrets.get('default')).toBeDefined()

  expect(JSON.stringify(client.status())).not.toContain('key of one')
  expect(client.status().resources).toContainEqual(
    expect.objectContaining({ typeUrl: typeUrls.sds, name: 'default', state: 'active' }),
  )
  await client.close()
  const saved = await readFile(file, 'utf8')
  expect(saved).toContain('"in"')
  expect(saved).not.toContain('key of one')
})

test('secrets that do not come are waited for no longer than their source says', async () => {
  server.set('cds', [clusterWaiting('a', 'mine', { initialFetchTimeout: '0.2s' })])
  server.set('lds', [])
  server.silent.add('sds')
  const { client } = await connect('GRPC')

  await client.ready

  expect(client.view.clusters.has('a')).toBe(true)
  expect(client.view.secrets.has('mine')).toBe(false)
})
