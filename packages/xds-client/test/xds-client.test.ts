import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createXdsClient,
  parseBootstrap,
  type XdsClient,
  type XdsClientOptions,
  type XdsView,
} from '../src/index.ts'
import { typeUrls } from '../src/resource-type.ts'
import { AdsServer, type SeenRequest } from './ads-server.ts'
import { Awaited } from './awaited.ts'
import {
  edsCluster,
  endpoints,
  inlineListener,
  rdsListener,
  routes,
  staticCluster,
} from './resources.ts'

let server: AdsServer
const clients: XdsClient[] = []

beforeEach(async () => {
  server = new AdsServer()
  await server.listen()
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  server.crash()
})

describe.each(['GRPC', 'DELTA_GRPC'])('over %s', (apiType) => {
  test('the first configuration arrives whole: clusters, endpoints, listeners, routes', async () => {
    serveOne()
    const { client, views } = await connect(apiType)
    await client.ready

    const view = client.view
    expect(view.listeners.get('http')).toEqual(rdsListener('http', 'r'))
    expect(view.routes.get('r')).toEqual(routes('r', 'a'))
    expect(view.clusters.get('a')).toEqual(edsCluster('a'))
    expect(view.endpoints.get('a')).toEqual(endpoints('a', 80))
    // Nothing in use ever named what was not there.
    expect(views.items.every(isConsistent)).toBe(true)
  })

  test('the node goes with the first request only, and every response is acknowledged by its nonce', async () => {
    serveOne()
    const { client } = await connect(apiType)
    await client.ready
    await server.requests.next((it) => isAck(it) && it.typeUrl === typeUrls.rds)

    const nodes = server.requests.items.map(({ node }) => node)
    expect(nodes[0]).toMatchObject({
      id: 'sidecar~127.0.0.1~test.default~default.svc.cluster.local',
      userAgentName: 'meshwright',
      metadata: { NAMESPACE: 'default' },
    })
    expect(nodes.slice(1).every((node) => node === undefined)).toBe(true)
    const acks = server.requests.items.filter(isAck).map(({ typeUrl }) => typeUrl)
    const { sds, ...others } = typeUrls
    // Nobody asked for secrets.
    expect(acks).not.toContain(sds)
    expect(new Set(acks)).toEqual(new Set(Object.values(others)))
  })

  test('a change of one resource leaves all others the same objects', async () => {
    serveOne()
    server.set('cds', [edsCluster('a'), staticCluster('b', 81)])
    const { client, views } = await connect(apiType)
    await client.ready
    const before = client.view

    server.set('eds', [endpoints('a', 8080)])
    const after = await views.next(({ endpoints: it }) => port(it.get('a')) === 8080)

    expect(after.listeners).toBe(before.listeners)
    expect(after.routes).toBe(before.routes)
    expect(after.clusters).toBe(before.clusters)
  })

  test('of one response the good resources apply, the bad one keeps its last good version and is named', async () => {
    server.set('cds', [staticCluster('good', 1), staticCluster('bad', 1)])
    const { client, views } = await connect(apiType, {
      check: (_, json) =>
        JSON.stringify(json).includes('666') ? 'port 666 is not for us' : undefined,
    })
    await views.next(({ clusters }) => clusters.has('good') && clusters.has('bad'))
    const accepted = await server.requests.next((it) => isAck(it) && it.typeUrl === typeUrls.cds)

    server.set('cds', [staticCluster('good', 2), staticCluster('bad', 666)])
    const nack = await server.requests.next((it) => it.errorDetail !== undefined)
    await views.next(({ clusters }) => port(clusters.get('good')?.loadAssignment) === 2)

    expect(nack.errorDetail).toEqual({ code: 3, message: '"bad": port 666 is not for us' })
    expect(port(client.view.clusters.get('bad')?.loadAssignment)).toBe(1)
    expect(nack.versionInfo).toBe(accepted.versionInfo)
    const status = client.status()
    expect(status.types[0]?.error).toBe('"bad": port 666 is not for us')
    expect(status.resources.find(({ name }) => name === 'bad')?.error?.details).toBe(
      'port 666 is not for us',
    )

    server.set('cds', [staticCluster('good', 2), staticCluster('bad', 3)])
    await views.next(({ clusters }) => port(clusters.get('bad')?.loadAssignment) === 3)
    expect(client.status().types[0]?.error).toBeUndefined()
  })

  test('what breaks the rules of its message is refused by their path', async () => {
    server.set('cds', [
      staticCluster('good', 1),
      { ...staticCluster('late', 1), connectTimeout: '-1s' },
    ])
    const { views } = await connect(apiType)
    const nack = await server.requests.next((it) => it.errorDetail !== undefined)

    expect(nack.errorDetail?.message).toMatch(/^"late": connect_timeout: /)
    await views.next(({ clusters }) => clusters.has('good') && !clusters.has('late'))
  })

  test('bytes that are no resource are refused, and remove nothing', async () => {
    server.set('cds', [staticCluster('a', 1)])
    const { client, views } = await connect(apiType)
    await views.next(({ clusters }) => clusters.has('a'))

    server.setBytes('cds', [['a', Uint8Array.of(0xff)]])
    const nack = await server.requests.next((it) => it.errorDetail !== undefined)

    expect(nack.errorDetail?.message).not.toBe('')
    expect(client.view.clusters.has('a')).toBe(true)
  })

  test('clusters and listeners that are gone are gone, and so is what only they named', async () => {
    serveOne()
    const { client, views } = await connect(apiType)
    await client.ready

    server.set('lds', [])
    const listed = views.items.length
    await views.next(({ listeners, routes: it }) => listeners.size === 0 && it.size === 0, listed)
    const held = views.items.length
    server.set('cds', [])
    await views.next(({ clusters, endpoints: it }) => !clusters.has('a') && it.size === 0, held)
    expect([...client.view.clusters.keys()]).toEqual(['xds'])
  })

  test('a new cluster is not in use before its endpoints came', async () => {
    serveOne()
    const { client, views } = await connect(apiType)
    await client.ready

    server.silent.add('eds')
    server.set('cds', [edsCluster('a'), edsCluster('b')])
    await server.requests.next((it) => named(it).includes('b'))
    expect(client.view.clusters.has('b')).toBe(false)
    expect(client.status().resources.find(({ name }) => name === 'b')?.state).toBe('warming')

    server.silent.delete('eds')
    server.set('eds', [endpoints('a', 80), endpoints('b', 81)])
    const view = await views.next(({ clusters }) => clusters.has('b'))
    expect(port(view.endpoints.get('b'))).toBe(81)
  })

  test('routes wait for the new clusters that they name', async () => {
    serveOne()
    const { client, views } = await connect(apiType)
    await client.ready

    server.silent.add('eds')
    server.set('cds', [edsCluster('a'), edsCluster('b')])
    server.set('rds', [routes('r', 'b')])
    await server.requests.next((it) => named(it).includes('b'))
    await server.requests.next((it) => isAck(it) && it.typeUrl === typeUrls.rds)
    server.silent.delete('eds')
    server.set('eds', [endpoints('a', 80), endpoints('b', 81)])
    await views.next(
      ({ routes: it }) => it.get('r')?.virtualHosts?.[0]?.routes?.[0]?.route?.cluster === 'b',
    )
    expect(views.items.every(isConsistent)).toBe(true)
  })

  test('the last good configuration outlives the control plane, and the next one finds its way', async () => {
    serveOne()
    const { client, views } = await connect(apiType)
    await client.ready
    const before = client.view
    const requests = server.requests.items.length

    server.crash()
    server.set('eds', [endpoints('a', 9090)])
    await server.listen()
    await views.next(({ endpoints: it }) => port(it.get('a')) === 9090)

    expect(client.view.clusters).toBe(before.clusters)
    expect(views.items.every(isConsistent)).toBe(true)
    const first = server.requests.items
      .slice(requests)
      .find(({ typeUrl }) => typeUrl === typeUrls.cds)
    expect(first?.node?.id).toBeDefined()
    expect(first?.responseNonce).toBeUndefined()
  })

  test('a response that is none ends the stream, and a new one is opened', async () => {
    serveOne()
    const { client } = await connect(apiType)
    await client.ready
    const requests = server.requests.items.length

    server.sendRaw(Uint8Array.of(0xff, 0xff))
    await server.requests.next((it) => it.node !== undefined, requests)
    expect(client.view.clusters.has('a')).toBe(true)
  })

  test('more resources than allowed are refused as a whole', async () => {
    server.set('cds', [staticCluster('a', 1), staticCluster('b', 1)])
    const { client } = await connect(apiType, { limits: { maxResources: 1 } })
    const nack = await server.requests.next((it) => it.errorDetail !== undefined)

    expect(nack.errorDetail?.message).toBe('expected at most 1 resources of this type, got 2')
    expect(client.view.clusters.size).toBe(1)
    expect(client.view.clusters.has('xds')).toBe(true)
  })

  test('a check that fails makes a NACK, and the client goes on', async () => {
    server.set('cds', [staticCluster('a', 1), staticCluster('b', 1)])
    const check = (_: string, resource: unknown) => {
      if (JSON.stringify(resource).includes('"name":"a"')) throw new TypeError('no such thing')
      return undefined
    }
    const { views } = await connect(apiType, { check })
    const nack = await server.requests.next((it) => it.errorDetail !== undefined)

    expect(nack.errorDetail?.message).toBe('"a": cannot be checked: no such thing')
    await views.next(({ clusters }) => clusters.has('b') && !clusters.has('a'))
  })

  test('what was refused and is gone is shown no more', async () => {
    const late = { ...staticCluster('late', 1), connectTimeout: '-1s' }
    server.set('cds', [late])
    const { client, views } = await connect(apiType)
    await server.requests.next((it) => it.errorDetail !== undefined)
    expect(client.status().resources.map(({ name }) => name)).toEqual(['late'])

    server.set('cds', [staticCluster('a', 1)])
    await views.next(({ clusters }) => clusters.has('a'))

    expect(client.status().resources.map(({ name }) => name)).toEqual(['a'])
  })

  test('updates are counted under the names of Envoy', async () => {
    serveOne()
    const counts = new Map<string, number>()
    const stats = {
      counter: (name: string) => ({
        inc: (by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
      }),
      gauge: (name: string) => ({ set: (value: number) => void counts.set(name, value) }),
    }
    const { client } = await connect(apiType, { stats })
    expect(counts.get('cluster_manager.cds.update_rejected')).toBe(0)
    await client.ready

    expect(counts.get('control_plane.connected_state')).toBe(1)
    expect(counts.get('cluster_manager.cds.update_success')).toBe(1)
    expect(counts.get('listener_manager.lds.update_success')).toBe(1)
    await client.close()
    expect(counts.get('listener_manager.lds.update_rejected')).toBe(0)
  })
})

test('delta: after a changed cluster its endpoints are asked for again, without a nonce', async () => {
  serveOne()
  const { client, views } = await connect('DELTA_GRPC')
  await client.ready
  const requests = server.requests.items.length

  server.set('cds', [edsCluster('a', '2s')])
  const again = await server.requests.next((it) => named(it).includes('a'), requests)
  await views.next(({ clusters }) => clusters.get('a')?.connectTimeout === '2s')

  expect(again.responseNonce).toBeUndefined()
})

test('a listener whose inline routes name a cluster that is coming waits for it', async () => {
  server.set('lds', [inlineListener('http', 'a')])
  server.set('cds', [edsCluster('a')])
  server.silent.add('eds')
  const { client, views } = await connect('GRPC')
  await server.requests.next((it) => isAck(it) && it.typeUrl === typeUrls.lds)
  expect(client.view.listeners.size).toBe(0)

  server.silent.delete('eds')
  server.set('eds', [endpoints('a', 80)])
  await views.next(({ listeners }) => listeners.has('http'))
  expect(views.items.every(isConsistent)).toBe(true)
})

async function connect(
  apiType: string,
  options: Partial<XdsClientOptions> = {},
): Promise<{ readonly client: XdsClient; readonly views: Awaited<XdsView> }> {
  const views = new Awaited<XdsView>()
  const client = createXdsClient({
    bootstrap: parseBootstrap(bootstrap(apiType, server.port)),
    onUpdate: (view) => views.add(view),
    random: () => 0.01,
    ...options,
  })
  clients.push(client)
  await client.start()
  return { client, views }
}

function serveOne(): void {
  server.set('cds', [edsCluster('a')])
  server.set('eds', [endpoints('a', 80)])
  server.set('lds', [rdsListener('http', 'r')])
  server.set('rds', [routes('r', 'a')])
}

function bootstrap(apiType: string, adsPort: number): string {
  return `
node:
  id: sidecar~127.0.0.1~test.default~default.svc.cluster.local
  cluster: test.default
  metadata: { NAMESPACE: default }
static_resources:
  clusters:
  - name: xds
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: xds
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${adsPort} } } }
dynamic_resources:
  lds_config: { ads: {}, resource_api_version: V3 }
  cds_config: { ads: {}, resource_api_version: V3 }
  ads_config:
    api_type: ${apiType}
    transport_api_version: V3
    set_node_on_first_message_only: true
    grpc_services: [{ envoy_grpc: { cluster_name: xds } }]
`
}

function isAck({ responseNonce, errorDetail }: SeenRequest): boolean {
  return responseNonce !== undefined && errorDetail === undefined
}

function named({ resourceNames, resourceNamesSubscribe }: SeenRequest): readonly string[] {
  return resourceNames ?? resourceNamesSubscribe ?? []
}

function port(assignment: ReturnType<typeof endpoints> | undefined): number | undefined {
  return assignment?.endpoints?.[0]?.lbEndpoints?.[0]?.endpoint?.address?.socketAddress?.portValue
}

function isConsistent({
  listeners,
  clusters,
  routes: tables,
  endpoints: assignments,
}: XdsView): boolean {
  const routed = [...tables.values()].flatMap(({ virtualHosts }) => virtualHosts?.[0]?.routes ?? [])
  const wired = routed.every(({ route }) => clusters.has(route?.cluster ?? ''))
  const supplied = [...clusters.values()].every(
    ({ name, type }) => type !== 'EDS' || assignments.has(name ?? ''),
  )
  return wired && supplied && (listeners.size === 0 || clusters.size > 1)
}
