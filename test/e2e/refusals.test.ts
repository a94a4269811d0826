import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ControlPlane,
  type ControlPlaneOptions,
  createControlPlane,
  type Refusal,
} from '@meshwright/control-plane'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { startApp } from './support/app.ts'
import { Disposals } from './support/disposals.ts'
import {
  documents,
  gateway,
  hostOf,
  meshConfig,
  routes,
  service,
  subsets,
  weighted,
} from './support/documents.ts'
import { folder } from './support/folder.ts'
import { freePorts } from './support/free-port.ts'
import { call } from './support/http.ts'
import { Load } from './support/load.ts'
import { Mesh } from './support/mesh.ts'

const address = '127.0.3.5'
const host = 'shop.example'
const router = {
  id: `router~${address}~gateway.default~default.svc.cluster.local`,
  labels: { app: 'gateway' },
}

/** The next refusals, in order. */
function refusals() {
  const come: Refusal[] = []
  const events = { refused: (refusal: Refusal) => void come.push(refusal) }
  const next = () => until('a refusal', () => come.shift())
  return { events, next }
}

test('broken YAML is refused with its line, also after a restart beside it; traffic does not notice, and follows when it is mended', async () => {
  const [door = 0] = await freePorts(address, 1)
  await using dir = await folder()
  await using v1 = await startApp('v1')
  await using v2 = await startApp('v2')
  const config = join(dir.path, 'mesh')
  await mkdir(config)
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(config, `.${name}`), text)
    await rename(join(config, `.${name}`), join(config, name))
  }
  const split = (weights: Record<string, number>) =>
    documents(routes(host, [weighted('reviews', weights)], ['door']))
  await write(
    'services.yaml',
    documents(
      gateway(address, door),
      service('reviews', [
        { address: '127.0.0.1', port: v1.port, labels: { version: 'v1' } },
        { address: '127.0.0.1', port: v2.port, labels: { version: 'v2' } },
      ]),
      subsets('reviews', ['v1', 'v2']),
    ),
  )
  await write('routes.yaml', split({ v1: 100, v2: 0 }))
  const { events, next } = refusals()
  const options: ControlPlaneOptions = {
    ...{ config, events, stateDir: join(dir.path, 'state') },
    debounce: { quietMs: 10, maxMs: 1_000 },
  }
  const listen = { xds: { port: 0 }, debug: { port: 0 } }
  const first = await createControlPlane({ ...options, listen })
  await using mesh = new Mesh()
  await using proxies = new Disposals()
  const staying = await mesh.proxyAt(router, first.xdsAddress)
  proxies.use(staying)
  await staying.ready
  const load = new Load({ address, port: door, host })
  await load.more(100)

  const broken = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop-example, namespace: default }
spec:
  hosts: [shop.example]
  gateways: [door]
  http:
    - rout: []
`
  await write('routes.yaml', broken)
  const refusal = await next()
  expect(refusal.diagnostics).toContainEqual(
    expect.objectContaining({
      ...{ file: join(config, 'routes.yaml'), line: 8, severity: 'error', suggestion: 'route' },
    }),
  )
  expect(first.ready).toBe(true)
  await load.more(100)
  await write('routes.yaml', 'spec: [\n')
  expect((await next()).diagnostics[0]).toMatchObject({ file: join(config, 'routes.yaml') })
  await load.more(100)

  // Restarted beside the broken file, it serves what it had, also to a proxy that never was there before.
  await first.close()
  const second: ControlPlane = await createControlPlane({
    ...options,
    listen: { xds: { port: first.xdsAddress.port }, debug: { port: 0 } },
  })
  proxies.defer(() => second.close())
  expect([second.ready, second.current?.origin]).toEqual([true, 'state'])
  expect(second.refusal?.diagnostics[0]).toMatchObject({ file: join(config, 'routes.yaml') })
  await until('the proxy to be back', () => second.clients().length === 1)
  await second.synced()
  await load.more(100)
  const { sent: sentBefore } = load.counts
  expect([...load.counts.answers.keys()]).toEqual(['v1'])

  await write('routes.yaml', split({ v1: 0, v2: 100 }))
  await until('the mended file', () => second.refusal === undefined)
  await second.synced()
  const served = v1.requests
  await load.more(100)
  const { sent, ok, failures } = await load.stop()
  console.log(`broken YAML: ${sent} sent, ${ok} ok, ${sentBefore} of them beside broken files`)
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
  expect(v1.requests - served).toBeLessThanOrEqual(8)
})

test('an emptied directory is refused and changes no route', async () => {
  const [door = 0] = await freePorts(address, 1)
  await using dir = await folder()
  await using app = await startApp('app')
  const file = join(dir.path, 'mesh.yaml')
  const text = documents(
    gateway(address, door),
    service('app', [{ address: '127.0.0.1', port: app.port }]),
    routes(host, [{ route: [{ destination: { host: hostOf('app') } }] }], ['door']),
  )
  await writeFile(file, text)
  const { events, next } = refusals()
  await using mesh = new Mesh()
  await mesh.startPlane({ config: dir.path, events })
  const { proxy } = await mesh.proxy(router)
  const before = await mesh.pushes()
  const view = proxy.view

  await rm(file)
  expect((await next()).message).toMatch(/got none/)

  for (let i = 0; i < 10; i++) {
    expect(await call({ address, port: door, host })).toMatchObject({ status: 200, body: 'app' })
  }
  expect(mesh.plane.ready).toBe(true)
  expect(await mesh.pushes()).toEqual(before)
  expect(proxy.view).toBe(view)
})

test.each(['GRPC', 'DELTA_GRPC'] as const)(
  'what our proxy refuses is told in syncz with its reason, while what is good in the same response applies (%s)',
  async (apiType) => {
    const [door = 0] = await freePorts(address, 1)
    await using first = await startApp('first')
    await using second = await startApp('second')
    const at = ({ port }: { readonly port: number }) => [{ address: '127.0.0.1', port }]
    // Sound by Istio's rules and by Envoy's schema, but a Maglev table must have a prime number of places.
    const policy = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'first', namespace: 'default' },
      spec: {
        host: hostOf('first'),
        trafficPolicy: {
          loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 10 } } },
        },
      },
    }
    const to = (name: string, more: object = {}) => ({
      ...{ route: [{ destination: { host: hostOf(name) } }], ...more },
    })
    const config = (...more: readonly object[]) =>
      documents(meshConfig, gateway(address, door), service('first', at(first)), ...more)
    const onlyFirst = routes(host, [to('first')], ['door'])
    await using mesh = await Mesh.start(config(onlyFirst))
    const { proxy } = await mesh.proxy({ ...router, apiType })
    const ask = async (path: string) => (await call({ address, port: door, host, path })).body
    expect(await ask('/')).toBe('first')
    const cluster = proxy.view.clusters.get(`outbound|80||${hostOf('first')}`)

    await mesh.change(
      config(
        policy,
        service('second', at(second)),
        routes(
          host,
          [to('second', { match: [{ uri: { exact: '/two' } }] }), to('first')],
          ['door'],
        ),
      ),
    )

    expect([await ask('/two'), await ask('/')]).toEqual(['second', 'first'])
    expect(proxy.view.clusters.get(`outbound|80||${hostOf('first')}`)).toBe(cluster)
    const [entry] = JSON.parse(await mesh.page('/debug/syncz'))
    const refused = entry.types.filter((it: { error?: object }) => it.error !== undefined)
    expect(refused).toEqual([
      expect.objectContaining({
        status: 'ERROR',
        type_url: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
        error: expect.objectContaining({
          message: expect.stringMatching(/first\.default\.svc.*prime/),
        }),
      }),
    ])
    expect(refused[0].version_acked).not.toBe(refused[0].version_sent)
    expect(await mesh.page('/metrics')).toMatch(/^pilot_xds_cds_reject 1$/m)

    await mesh.change(config(onlyFirst))
    expect(await ask('/two')).toBe('first')
    expect(await mesh.page('/metrics')).toMatch(/^pilot_xds_cds_reject 0$/m)
  },
)

test('a proxy whose node the control plane cannot place is told why, and the others are served', async () => {
  const [door = 0] = await freePorts(address, 1)
  await using app = await startApp('app')
  await using mesh = await Mesh.start(
    documents(
      meshConfig,
      gateway(address, door),
      service('app', [{ address: '127.0.0.1', port: app.port }]),
      routes(host, [{ route: [{ destination: { host: hostOf('app') } }] }], ['door']),
    ),
  )
  const told: string[] = []
  const stranger = await mesh.proxyAt({ id: 'somebody', labels: {} }, mesh.plane.xdsAddress, {
    log: ({ message, ...fields }) => void told.push(`${message} ${JSON.stringify(fields)}`),
  })

  await until('the reason', () => told.some((it) => it.includes('sidecar~IP~ID~DOMAIN')))
  expect(stranger.status().connected).toBe(false)
  await mesh.proxy(router)
  expect(await call({ address, port: door, host })).toMatchObject({ status: 200, body: 'app' })
  // Nobody waits for it any more: it is closed before it was ready.
  const ended = expect(stranger.ready).rejects.toThrow()
  await stranger.close()
  await ended
})
