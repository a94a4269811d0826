import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { ManualClock } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import {
  type ControlPlane,
  type ControlPlaneOptions,
  createControlPlane,
  type LogEntry,
  memorySource,
  type Refusal,
} from '../src/index.ts'
import { adsProxy } from './ads-proxy.ts'
import { folder } from './folder.ts'

const listen = { xds: { port: 0 }, debug: { port: 0 } }
const debounce = { quietMs: 5, maxMs: 100 }
const sidecar = 'sidecar~10.0.0.9~client.default~default.svc.cluster.local'
const other = 'sidecar~10.0.0.8~other.elsewhere~elsewhere.svc.cluster.local'
const clusterName = 'outbound|9080||reviews.default.svc.cluster.local'

function service(name: string, address: string, exportTo = '*'): string {
  return `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${name}, namespace: default }
spec:
  hosts: [${name}.default.svc.cluster.local]
  exportTo: ['${exportTo}']
  ports: [{ number: 9080, name: http, protocol: HTTP }]
  resolution: STATIC
  location: MESH_INTERNAL
  endpoints: [{ address: ${address} }]
`
}

const file = (text: string) => [{ path: 'reviews.yaml', text }]

function start(options: Pick<ControlPlaneOptions, 'config'> & Partial<ControlPlaneOptions>) {
  return createControlPlane({ listen, debounce, ...options })
}

async function page(plane: ControlPlane, path: string, method = 'GET') {
  const { host, port } = plane.debugAddress
  const response = await fetch(`http://${host}:${port}${path}`, { method })
  return { status: response.status, text: await response.text() }
}

/** The status of a page that is asked for under a name of the server. */
function statusFor(plane: ControlPlane, host: string): Promise<number | undefined> {
  const { port } = plane.debugAddress
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: '/debug/syncz', headers: { host } })
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject).end()
  })
}

/** Resolves with what the plane refuses next. */
function refusals() {
  let told: (refusal: Refusal) => void = () => undefined
  const next = () =>
    new Promise<Refusal>((resolve) => {
      told = resolve
    })
  return { next, events: { refused: (refusal: Refusal) => told(refusal) } }
}

/** Resolves once `holds`, looking again after every response. */
async function until(proxy: ReturnType<typeof adsProxy>, holds: () => boolean): Promise<void> {
  while (!holds()) await proxy.next()
}

test('tells a proxy what the configuration says, and what becomes of it', async () => {
  const config = memorySource(file(service('reviews', '10.1.0.1')))
  await using plane = await start({ config })
  using proxy = adsProxy(plane.xdsAddress, sidecar)
  const address = () => JSON.stringify(proxy.resource('ClusterLoadAssignment', clusterName) ?? '')
  await until(proxy, () => address().includes('10.1.0.1'))
  await plane.synced()

  config.set(file(service('reviews', '10.1.0.2')))

  await until(proxy, () => address().includes('10.1.0.2'))
  expect(proxy.names('Cluster')).toContain(clusterName)
  expect(proxy.names('Listener').length).toBeGreaterThan(0)
})

test('tells when every proxy has answered, and only tells those whom a change concerns', async () => {
  const converged: number[] = []
  const config = memorySource(file(service('reviews', '10.1.0.1', '.')))
  await using plane = await start({
    config,
    events: { converged: ({ pushed }) => converged.push(pushed) },
  })
  using inside = adsProxy(plane.xdsAddress, sidecar)
  using outside = adsProxy(plane.xdsAddress, other)
  await until(inside, () => inside.resource('ClusterLoadAssignment', clusterName) !== undefined)
  await until(outside, () => outside.responses >= 2)
  await plane.synced()
  const before = outside.responses

  config.set(file(service('reviews', '10.1.0.2', '.')))
  await plane.synced()

  expect(converged).toEqual([1])
  expect(outside.responses).toBe(before)
  expect(plane.clients().map(({ settled }) => settled)).toEqual([true, true])
})

test('refuses a bad change as a whole, says why with its line, and serves on', async () => {
  const { next, events } = refusals()
  const logged: LogEntry[] = []
  const good = service('reviews', '10.1.0.1')
  const config = memorySource(file(good))
  await using plane = await start({ config, events, log: (entry) => logged.push(entry) })
  using proxy = adsProxy(plane.xdsAddress, sidecar)
  await until(proxy, () => proxy.names('Cluster').includes(clusterName))

  const refused = next()
  config.set(
    file(`${service('ratings', '10.1.0.3')}---${good.replace('resolution', 'resolutoin')}`),
  )
  const { diagnostics } = await refused

  expect(diagnostics.map(({ file, line }) => [file, line])).toContainEqual(['reviews.yaml', 20])
  expect(
    logged.some(({ level, message }) => level === 'error' && message.includes('reviews.yaml:20:')),
  ).toBe(true)
  expect(plane.ready).toBe(true)
  expect(plane.refusal).toBeDefined()
  expect((await page(plane, '/ready')).status).toBe(200)
  await plane.synced()
  expect(proxy.names('Cluster').some((name) => name.includes('ratings'))).toBe(false)
})

test('serves nothing on broken configuration, says why, and recovers when it is mended', async () => {
  const config = memorySource(file('kind: Nonsense\n'))
  await using plane = await start({ config })
  expect(plane.ready).toBe(false)
  const notReady = await page(plane, '/ready')
  expect(notReady.status).toBe(503)
  expect(notReady.text).toMatch(/reviews\.yaml:1:/)
  using early = adsProxy(plane.xdsAddress, sidecar)
  await expect(early.next()).rejects.toMatchObject({ code: 14 })

  config.set(file(service('reviews', '10.1.0.1')))
  await plane.synced()

  expect(plane.ready).toBe(true)
  expect(plane.refusal).toBeUndefined()
  expect((await page(plane, '/ready')).status).toBe(200)
  using late = adsProxy(plane.xdsAddress, sidecar)
  await until(late, () => late.names('Cluster').includes(clusterName))
})

test('rejects a strict start on broken configuration, with the diagnostics', async () => {
  const broken = start({ config: file('kind: Nonsense\n'), strict: true })

  await expect(broken).rejects.toMatchObject({
    code: 'ERR_CONTROL_PLANE_CONFIG',
    diagnostics: [{ file: 'reviews.yaml', line: 1 }],
  })
  await expect(start({ config: '/nowhere/at/all', strict: true })).rejects.toMatchObject({
    code: 'ERR_CONTROL_PLANE_SOURCE',
  })
})

test('goes on with the last good configuration after a restart beside a broken file', async () => {
  await using dir = await folder()
  const config = join(dir.path, 'config')
  const options = { config, stateDir: join(dir.path, 'state') }
  await mkdir(config)
  await writeFile(join(config, 'reviews.yaml'), service('reviews', '10.1.0.1'))
  const first = await start(options)
  expect(first.current?.origin).toBe('source')
  await first.close()
  await writeFile(join(config, 'reviews.yaml'), 'kind: Nonsense\n')

  await using second = await start({ ...options, strict: true })

  expect(second.current?.origin).toBe('state')
  expect(second.refusal?.diagnostics).toHaveLength(1)
  using proxy = adsProxy(second.xdsAddress, sidecar)
  await until(proxy, () => proxy.names('Cluster').includes(clusterName))
  expect(JSON.parse((await page(second, '/debug/configz')).text)).toMatchObject({
    current: { origin: 'state' },
    refusal: { message: expect.stringContaining('1 error') },
  })
})

test('gives equal resources equal versions after a restart', async () => {
  const config = file(service('reviews', '10.1.0.1'))
  const versions: unknown[] = []
  for (let i = 0; i < 2; i++) {
    await using plane = await start({ config })
    using proxy = adsProxy(plane.xdsAddress, sidecar)
    await until(proxy, () => proxy.resource('ClusterLoadAssignment', clusterName) !== undefined)
    await plane.synced()
    versions.push(plane.clients()[0]?.types.map(({ accepted }) => accepted?.version))
  }
  expect(versions[0]).toEqual(versions[1])
})

test('takes an emptied, unmounted or half-written directory for a fault and serves on', async () => {
  await using dir = await folder()
  const config = join(dir.path, 'config')
  const path = join(config, 'reviews.yaml')
  await mkdir(config)
  await writeFile(path, service('reviews', '10.1.0.1'))
  const { next, events } = refusals()
  await using plane = await start({ config, events })

  const truncated = next()
  await writeFile(path, '')
  expect((await truncated).message).toContain('had content and is empty')
  const emptied = next()
  await rm(path)
  expect((await emptied).message).toContain('got none')
  const unmounted = next()
  await rename(config, join(dir.path, 'gone'))
  expect((await unmounted).message).toContain('cannot read')

  expect(plane.ready).toBe(true)
  expect(plane.current?.snapshot.services).toHaveLength(1)
})

test('follows a directory', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'reviews.yaml')
  await writeFile(path, service('reviews', '10.1.0.1'))
  await using plane = await start({ config: dir.path })
  using proxy = adsProxy(plane.xdsAddress, sidecar)
  await until(proxy, () => proxy.names('Cluster').includes(clusterName))

  await writeFile(join(dir.path, '.tmp'), service('ratings', '10.1.0.2'))
  await rename(join(dir.path, '.tmp'), path)

  await until(proxy, () =>
    proxy.names('Cluster').includes(clusterName.replace('reviews', 'ratings')),
  )
})

test('shows in syncz what each proxy was sent and accepted, and the reason of a NACK', async () => {
  const config = memorySource(file(service('reviews', '10.1.0.1')))
  await using plane = await start({ config, wallClock: () => 0 })
  using proxy = adsProxy(plane.xdsAddress, sidecar)
  await until(proxy, () => proxy.resource('ClusterLoadAssignment', clusterName) !== undefined)
  await plane.synced()
  const [good] = JSON.parse((await page(plane, '/debug/syncz')).text)
  expect(good).toMatchObject({ proxy: 'client.default', synced: true, protocol: 'sotw' })
  expect(good.cluster_acked).toBe(good.cluster_sent)
  expect(good.endpoint_acked).not.toBe('')

  proxy.refuse('reviews: not like this')
  config.set(file(service('reviews', '10.1.0.2')))
  await plane.synced()

  const [bad] = JSON.parse((await page(plane, '/debug/syncz')).text)
  const endpoints = bad.types.find(({ type_url }: { type_url: string }) =>
    type_url.endsWith('ClusterLoadAssignment'),
  )
  expect(endpoints).toMatchObject({
    status: 'ERROR',
    error: { code: 3, message: 'reviews: not like this' },
  })
  expect(bad.endpoint_acked).not.toBe(bad.endpoint_sent)
  const metrics = (await page(plane, '/metrics')).text
  expect(metrics).toMatch(/^pilot_total_xds_rejects 1$/m)
  expect(metrics).toMatch(/^pilot_xds_eds_reject 1$/m)
})

test('dumps what a proxy should have, by the name or the id of the proxy', async () => {
  await using plane = await start({ config: file(service('reviews', '10.1.0.1')) })
  using proxy = adsProxy(plane.xdsAddress, sidecar)
  await until(proxy, () => proxy.names('Listener').length > 0)

  for (const id of ['client.default', sidecar]) {
    const { status, text } = await page(plane, `/debug/config_dump?proxyID=${id}`)
    expect(status).toBe(200)
    const [clusters] = JSON.parse(text).configs
    expect(clusters['@type']).toBe('type.googleapis.com/envoy.admin.v3.ClustersConfigDump')
    expect(
      clusters.dynamicActiveClusters.map((it: { cluster: { name: string } }) => it.cluster.name),
    ).toContain(clusterName)
  }
  const missing = await page(plane, '/debug/config_dump?proxyID=nobody')
  expect(missing.status).toBe(404)
  expect(missing.text).toContain('client.default')
})

test('counts under the names of istiod', async () => {
  const config = memorySource(file(service('reviews', '10.1.0.1')))
  await using plane = await start({ config })
  using proxy = adsProxy(plane.xdsAddress, sidecar)
  await until(proxy, () => proxy.resource('ClusterLoadAssignment', clusterName) !== undefined)
  config.set(file(service('reviews', '10.1.0.2')))
  await plane.synced()

  const { text } = await page(plane, '/metrics')

  expect(text).toMatch(/^pilot_xds\{version="[^"]+"\} 1$/m)
  expect(text).toMatch(/^pilot_services 1$/m)
  expect(text).toMatch(/^pilot_virt_services 0$/m)
  expect(text).toMatch(/^pilot_xds_pushes\{type="cds"\} \d+$/m)
  expect(text).toMatch(/^pilot_push_triggers\{type="config"\} 1$/m)
  expect(text).toMatch(/^pilot_proxy_convergence_time_count 1$/m)
  expect(text).toMatch(/^pilot_proxy_convergence_time_bucket\{le="30"\} 1$/m)
  expect(text).toMatch(/^pilot_info\{version="[^"]+"\} 1$/m)
})

test('answers GET on the pages it has, and nothing else', async () => {
  await using plane = await start({ config: [] })

  expect(await page(plane, '/ready')).toEqual({ status: 200, text: 'ready\n' })
  expect((await page(plane, '/ready', 'POST')).status).toBe(405)
  expect(await page(plane, '/')).toMatchObject({
    status: 404,
    text: expect.stringContaining('/debug/syncz'),
  })
})

test('answers no web page that a browser was lured to: only names of this machine count', async () => {
  await using plane = await start({ config: [] })

  expect(await statusFor(plane, 'rebound.example:8080')).toBe(403)
  expect(await statusFor(plane, 'localhost.example')).toBe(403)
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]:8080'])
    expect(await statusFor(plane, host)).toBe(200)
})

test('answers to every name where it listens for other machines too', async () => {
  const debug = { host: '0.0.0.0', port: 0 }
  await using plane = await start({ config: [], listen: { ...listen, debug } })

  expect(await statusFor(plane, 'meshwright.mesh-system.svc:8080')).toBe(200)
})

test('reads a source again that could not be read, though it tells of no change', async () => {
  const good = memorySource(file(service('reviews', '10.1.0.1')))
  let reads = 0
  const source = {
    ...good,
    read: async (accepted: Parameters<typeof good.read>[0]) => {
      reads += 1
      if (reads <= 3) throw new Error('EMFILE: too many open files')
      return good.read(accepted)
    },
  }
  const clock = new ManualClock()
  const { next, events } = refusals()
  const refused = next()
  const accepted = Promise.withResolvers<void>()
  await using plane = await start({
    config: source,
    clock,
    timers: clock,
    events: { ...events, accepted: () => accepted.resolve() },
  })
  expect((await refused).message).toContain('EMFILE')
  expect(plane.ready).toBe(false)

  while (!plane.ready) {
    clock.advance(500)
    await new Promise(setImmediate)
    expect(clock.now()).toBeLessThan(1_000_000)
  }

  await accepted.promise
  expect(reads).toBe(4)
  expect(plane.refusal).toBeUndefined()
})

test('refuses a node that is not of the form of Istio', async () => {
  await using plane = await start({ config: [] })
  using proxy = adsProxy(plane.xdsAddress, 'somebody')

  await expect(proxy.next()).rejects.toMatchObject({
    code: 3,
    details: expect.stringContaining('sidecar~IP~ID~DOMAIN'),
  })
})

test('says so when an address is taken, and leaves nothing open', async () => {
  await using plane = await start({ config: [] })
  const { port } = plane.xdsAddress

  await expect(start({ config: [], listen: { ...listen, xds: { port } } })).rejects.toMatchObject({
    code: 'ERR_XDS_SERVER_LISTEN',
  })
  await expect(
    start({ config: [], listen: { ...listen, debug: { port: plane.debugAddress.port } } }),
  ).rejects.toMatchObject({ code: 'ERR_CONTROL_PLANE_LISTEN' })
})

test('serves on where the state cannot be kept, and says so', async () => {
  await using dir = await folder()
  const stateDir = join(dir.path, 'file')
  await writeFile(stateDir, '')
  const logged: LogEntry[] = []

  await using plane = await start({ config: [], stateDir, log: (entry) => logged.push(entry) })

  expect(plane.ready).toBe(true)
  const complaints = logged.filter(({ level, scope }) => level === 'error' && scope === 'state')
  expect(complaints.some(({ message }) => message.includes(stateDir))).toBe(true)
})

test('keeps the state as soon as it can be kept, and complains once', async () => {
  await using dir = await folder()
  const inTheWay = join(dir.path, 'file')
  const stateDir = join(inTheWay, 'state')
  await writeFile(inTheWay, '')
  const clock = new ManualClock()
  const logged: LogEntry[] = []
  const log = (entry: LogEntry) => logged.push(entry)
  const config = file(service('reviews', '10.1.0.1'))
  await using plane = await start({ config, stateDir, log, clock, timers: clock })
  expect(plane.ready).toBe(true)
  for (let i = 0; i < 100; i++) {
    clock.advance(10_000)
    await new Promise(setImmediate)
  }
  await rm(inTheWay)

  while (!existsSync(join(stateDir, 'accepted-config.json'))) {
    clock.advance(10_000)
    await new Promise(setImmediate)
  }

  const complaints = logged.filter(({ message }) => message.startsWith('cannot keep'))
  expect(complaints).toHaveLength(1)
})

test('keeps to one line in the log whatever a proxy says', async () => {
  const logged: LogEntry[] = []
  const config = memorySource(file(service('reviews', '10.1.0.1')))
  await using plane = await start({ config, log: (entry) => logged.push(entry) })
  using proxy = adsProxy(plane.xdsAddress, sidecar)
  await until(proxy, () => proxy.resource('ClusterLoadAssignment', clusterName) !== undefined)
  await plane.synced()

  proxy.refuse('no\ninfo config accepted')
  config.set(file(service('reviews', '10.1.0.2')))
  await plane.synced()

  const refusal = logged.find(({ level, scope }) => level === 'error' && scope === 'xds')
  expect(refusal?.message).toContain('no info config accepted')
})
