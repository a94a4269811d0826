import { connect } from 'node:net'
import { type StartedProxy, startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { createXdsServer, type XdsServer } from '@meshwright/xds-server'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type App, startApp } from './support/app.ts'
import { Disposals } from './support/disposals.ts'
import { call } from './support/http.ts'
import { Load } from './support/load.ts'
import { bootstrapFor } from './support/mesh.ts'
import {
  edsCluster,
  endpointsOf,
  httpListener,
  type Resources,
  routesTo,
} from './support/resources.ts'

const who = { id: 'sidecar~127.0.0.1~a.default~default.svc.cluster.local', labels: {} }

/** A proxy whose resources the test has in hand. */
async function configured(stack: Disposals, resources: Resources) {
  let current = resources
  const server: XdsServer = createXdsServer({ resourcesFor: () => current })
  stack.defer(() => server.close())
  const address = await server.listen({ port: 0 })
  const running: StartedProxy = await startProxy({
    bootstrap: parseBootstrap(bootstrapFor(who, address)),
  })
  stack.defer(() => running.close())
  await running.ready
  const serve = async (changed: Partial<Resources>): Promise<void> => {
    current = { ...current, ...changed }
    server.push('test')
    await server.settled()
  }
  return { server, proxy: running.proxy, serve }
}

function resourcesOf(app: App, listeners: Resources['listeners']): Resources {
  return {
    listeners,
    routes: [routesTo('main', 'app')],
    clusters: [edsCluster('app')],
    endpoints: [endpointsOf('app', app.port)],
  }
}

const toPort = (port = 0) => ({ address: '127.0.0.1', port, host: 'a.example' })

test('a listener changes under load: connections are told to close, none is reset or refused, its neighbour notices nothing', async () => {
  await using stack = new Disposals()
  const app = stack.use(await startApp('app'))
  const neighbour = httpListener('neighbour', 'main')
  const { proxy, serve } = await configured(
    stack,
    resourcesOf(app, [httpListener('changes', 'main', { serverName: 'g0' }), neighbour]),
  )
  const [port, neighbourPort] = ['changes', 'neighbour'].map((it) => proxy.listeners.get(it)?.port)
  const clients = 8
  const load = new Load(toPort(port), clients)
  const beside = new Load(toPort(neighbourPort), clients)
  await Promise.all([load.more(100), beside.more(100)])
  const total = (it: string) => proxy.stats.counter(`listener.${it}.downstream_cx_total`)
  const ports = proxy.listeners

  const generations = 5
  for (let generation = 1; generation <= generations; generation++) {
    const changed = httpListener('changes', 'main', { serverName: `g${generation}` })
    await serve({ listeners: [changed, neighbour] })
    const answer = await call(toPort(port))
    expect(answer.headers['server']).toBe(`g${generation}`)
    await load.more(10 * clients)
  }
  const [changing, untouched] = await Promise.all([load.stop(), beside.stop()])

  console.log(
    `listener changed ${generations} times: ${changing.sent} sent, ${changing.ok} ok; beside it ${untouched.sent} sent, ${untouched.ok} ok`,
  )
  expect({ failures: changing.failures, ok: changing.ok }).toEqual({
    failures: [],
    ok: changing.sent,
  })
  expect({ failures: untouched.failures, ok: untouched.ok }).toEqual({
    failures: [],
    ok: untouched.sent,
  })
  expect(ports.get('changes')?.port).toBe(port)
  expect(app.requests).toBe(changing.sent + untouched.sent + generations)
  // Both are called by their configured address, port 0: one counter for the connections of both.
  const opened = total('127.0.0.1_0').value
  const callsBeside = generations
  expect(opened).toBeGreaterThan(2 * clients + callsBeside)
  // A client opens one connection more for each change at most; those of the neighbour keep theirs.
  expect(opened).toBeLessThanOrEqual(2 * clients + clients * generations + callsBeside)
})

test('an idle connection of a changed listener gets its last answer with Connection: close, then a new one the new answer', async () => {
  await using stack = new Disposals()
  const app = stack.use(await startApp('app'))
  const { proxy, serve } = await configured(
    stack,
    resourcesOf(app, [httpListener('changes', 'main', { serverName: 'old' })]),
  )
  const socket = connect(proxy.listeners.get('changes')?.port ?? 0, '127.0.0.1')
  let heard = ''
  let closed = false
  socket.setEncoding('utf8').on('data', (text) => {
    heard += text
  })
  socket.once('close', () => {
    closed = true
  })
  stack.defer(() => void socket.destroy())
  const ask = 'GET / HTTP/1.1\r\nhost: a.example\r\n\r\n'
  socket.write(ask)
  await until('the first answer', () => heard.endsWith('app'))
  expect(heard).not.toMatch(/connection: close/i)

  await serve({ listeners: [httpListener('changes', 'main', { serverName: 'new' })] })
  if (!closed) {
    heard = ''
    socket.write(ask)
    await until('the end of the old connection', () => closed)
    expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(heard).toMatch(/connection: close/i)
    expect(heard).toMatch(/server: old/)
  }

  const next = await call(toPort(proxy.listeners.get('changes')?.port))
  expect(next.headers['server']).toBe('new')
})

test('a listener that is removed stops listening, and a request under way in it ends well', async () => {
  await using stack = new Disposals()
  const arrived = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  const app = stack.use(
    await startApp('app', async (request, response) => {
      if (request.url === '/slow') {
        arrived.resolve()
        await mayAnswer.promise
      }
      response.end('app')
    }),
  )
  const stays = httpListener('stays', 'main')
  const { proxy, serve } = await configured(
    stack,
    resourcesOf(app, [httpListener('goes', 'main'), stays]),
  )
  const [goes, stayed] = ['goes', 'stays'].map((it) => proxy.listeners.get(it)?.port)
  const beside = new Load(toPort(stayed), 4)
  const pending = call({ ...toPort(goes), path: '/slow' })
  await arrived.promise

  await serve({ listeners: [stays] })
  await until('the listener to be gone', () => proxy.listeners.get('goes') === undefined)

  await until('connections to be refused', async () => {
    const refused = await call(toPort(goes)).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    )
    return refused === 'ECONNREFUSED'
  })
  mayAnswer.resolve()
  expect(await pending).toMatchObject({ status: 200, body: 'app' })
  await beside.more(100)
  const { sent, ok, failures } = await beside.stop()
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
  expect(proxy.listeners.get('stays')?.port).toBe(stayed)
})

test('a listener comes under load, and is there once it was accepted', async () => {
  await using stack = new Disposals()
  const app = stack.use(await startApp('app'))
  const first = httpListener('first', 'main')
  const { proxy, serve } = await configured(stack, resourcesOf(app, [first]))
  const load = new Load(toPort(proxy.listeners.get('first')?.port), 4)

  await serve({ listeners: [first, httpListener('second', 'main')] })
  await until('the new listener', () => proxy.listeners.get('second') !== undefined)

  const answer = await call(toPort(proxy.listeners.get('second')?.port))
  expect(answer).toMatchObject({ status: 200, body: 'app' })
  await load.more(50)
  const { sent, ok, failures } = await load.stop()
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
})
