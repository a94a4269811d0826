import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { startApp } from './support/app.ts'
import {
  documents,
  gateway,
  hostOf,
  meshConfig,
  routes,
  type ServiceEndpoint,
  service,
  subsets,
  weighted,
} from './support/documents.ts'
import { freePorts } from './support/free-port.ts'
import { call } from './support/http.ts'
import { Load } from './support/load.ts'
import { Mesh } from './support/mesh.ts'

const address = '127.0.3.2'
const host = 'shop.example'
const router = {
  id: `router~${address}~gateway.default~default.svc.cluster.local`,
  labels: { app: 'gateway' },
}

const version = (name: string, port: number): ServiceEndpoint => ({
  ...{ address: '127.0.0.1', port, labels: { version: name } },
})

test('weights are flipped under load: no request fails, and no connection is opened or closed', async () => {
  const [door = 0] = await freePorts(address, 1)
  await using v1 = await startApp('v1')
  await using v2 = await startApp('v2')
  const config = (weights: Record<string, number>) =>
    documents(
      meshConfig,
      gateway(address, door),
      service('reviews', [version('v1', v1.port), version('v2', v2.port)]),
      subsets('reviews', ['v1', 'v2']),
      routes(host, [weighted('reviews', weights)], ['door']),
    )
  await using mesh = await Mesh.start(config({ v1: 100, v2: 0 }))
  const { proxy } = await mesh.proxy(router)
  const clients = 8
  const load = new Load({ address, port: door, host }, clients)
  await load.more(200)
  expect([...load.counts.answers.keys()]).toEqual(['v1'])
  const before = { v1: v1.requests, v2: v2.requests }
  expect(before.v2).toBe(0)

  const lastAckMs: number[] = []
  for (const [weight, other] of [
    ['v2', 'v1'],
    ['v1', 'v2'],
    ['v2', 'v1'],
  ] as const) {
    lastAckMs.push(await mesh.change(config({ [weight]: 100, [other]: 0 })))
    const apps = { v1, v2 }
    // What was under way at the change ends on the old tables: at most one request of each client.
    const old = apps[other].requests
    await load.more(200)
    expect(apps[other].requests - old).toBeLessThanOrEqual(clients)
  }
  const { sent, ok, failures } = await load.stop()

  console.log(
    `weights: ${sent} sent, ${ok} ok, last ACK after ${lastAckMs.map((it) => it.toFixed(0))} ms`,
  )
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
  expect(v1.requests + v2.requests).toBe(sent)
  for (const ms of lastAckMs) expect(ms).toBeLessThan(1_000)
  const accepted = proxy.stats.counter(`listener.${address}_${door}.downstream_cx_total`)
  expect(accepted.value).toBe(clients)
})

test('a request under way ends on the routes that it began with, the next takes the new ones', async () => {
  const [door = 0] = await freePorts(address, 1)
  const arrived = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  await using slow = await startApp('slow', async (request, response) => {
    response.setHeader('x-app', 'slow')
    response.write(`${request.headers['x-generation']}`)
    arrived.resolve()
    await mayAnswer.promise
    response.end(' and done')
  })
  await using fast = await startApp('fast', (request, response) => {
    response.end(`${request.headers['x-generation']}`)
  })
  const config = (generation: string, port: number) =>
    documents(
      meshConfig,
      gateway(address, door),
      service('app', [{ address: '127.0.0.1', port }]),
      routes(
        host,
        [
          {
            route: [{ destination: { host: hostOf('app') } }],
            headers: {
              request: { set: { 'x-generation': generation } },
              response: { set: { 'x-answered-by': generation } },
            },
          },
        ],
        ['door'],
      ),
    )
  await using mesh = await Mesh.start(config('first', slow.port))
  await mesh.proxy(router)

  const pending = call({ address, port: door, host })
  await arrived.promise
  const ackMs = await mesh.change(config('second', fast.port))
  const next = await call({ address, port: door, host })

  expect(next).toMatchObject({ status: 200, body: 'second' })
  expect(next.headers['x-answered-by']).toBe('second')
  expect(ackMs).toBeLessThan(1_000)
  mayAnswer.resolve()
  const old = await pending
  expect(old).toMatchObject({ status: 200, body: 'first and done' })
  expect(old.headers['x-answered-by']).toBe('first')
  expect([slow.requests, fast.requests]).toEqual([1, 1])
})

test('a request that arrives while routes change sees the old ones or the new ones, never a mixture', async () => {
  const [door = 0] = await freePorts(address, 1)
  await using app = await startApp('app', (request, response) => {
    response.end(`${request.headers['x-one']} ${request.headers['x-two']}`)
  })
  const config = (generation: number) =>
    documents(
      meshConfig,
      gateway(address, door),
      // The subset has a new name with each generation: cluster, endpoints and routes change together.
      service('app', [version(`g${generation}`, app.port)]),
      subsets('app', [`g${generation}`]),
      routes(
        host,
        [
          {
            ...weighted('app', { [`g${generation}`]: 100 }),
            headers: { request: { set: { 'x-one': `${generation}`, 'x-two': `${generation}` } } },
          },
        ],
        ['door'],
      ),
    )
  await using mesh = await Mesh.start(config(0))
  await mesh.proxy(router)
  const load = new Load({ address, port: door, host })

  const generations = 10
  for (let generation = 1; generation <= generations; generation++) {
    await mesh.change(config(generation))
    await load.more(30)
  }
  const { sent, ok, failures, answers } = await load.stop()

  console.log(`${generations} generations of clusters and routes: ${sent} sent, ${ok} ok`)
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
  expect([...answers.keys()].filter((it) => it.split(' ')[0] !== it.split(' ')[1])).toEqual([])
  expect(answers.get(`${generations} ${generations}`)).toBeGreaterThan(0)
})

test.each(['GRPC', 'DELTA_GRPC'] as const)(
  'endpoints come and go under load: no request fails, and nothing but endpoints is sent (%s)',
  async (apiType) => {
    const [door = 0] = await freePorts(address, 1)
    await using one = await startApp('one')
    await using two = await startApp('two')
    await using three = await startApp('three')
    const apps = { one, two, three }
    const config = (...names: (keyof typeof apps)[]) =>
      documents(
        meshConfig,
        gateway(address, door),
        service(
          'app',
          names.map((it) => ({ address: '127.0.0.1', port: apps[it].port })),
        ),
        routes(host, [{ route: [{ destination: { host: hostOf('app') } }] }], ['door']),
      )
    await using mesh = await Mesh.start(config('one', 'two'))
    await mesh.proxy({ ...router, apiType })
    await mesh.plane.synced()
    const before = await mesh.pushes()
    const load = new Load({ address, port: door, host })
    await load.more(100)

    await mesh.change(config('one', 'two', 'three'))
    await load.more(100)
    expect(three.requests).toBeGreaterThan(20)
    await mesh.change(config('two', 'three'))
    await until('the requests under way at the endpoint that is gone', async () => {
      const { requests } = one
      await load.more(50)
      return one.requests === requests
    })
    // Out of use, it may end: nobody asks it any more.
    const served = one.requests
    await one.close()
    await load.more(100)
    await mesh.change(config('three'))
    await load.more(100)
    await mesh.change(config('two', 'three'))
    await load.more(100)
    const { sent, ok, failures } = await load.stop()

    const after = await mesh.pushes()
    console.log(`endpoints (${apiType}): ${sent} sent, ${ok} ok, pushes`, before, after)
    expect({ failures, ok }).toEqual({ failures: [], ok: sent })
    expect(one.requests).toBe(served)
    expect(after).toEqual({ ...before, eds: (before['eds'] ?? 0) + 4 })
  },
)

test('an endpoint that dies under load without notice costs no idempotent request that may be retried', async () => {
  const [door = 0] = await freePorts(address, 1)
  await using stays = await startApp('stays')
  await using dies = await startApp('dies')
  const config = documents(
    meshConfig,
    gateway(address, door),
    service('app', [
      { address: '127.0.0.1', port: stays.port },
      { address: '127.0.0.1', port: dies.port },
    ]),
    routes(
      host,
      [
        {
          route: [{ destination: { host: hostOf('app') } }],
          retries: { attempts: 3, retryOn: 'connect-failure,reset,refused-stream' },
        },
      ],
      ['door'],
    ),
  )
  await using mesh = await Mesh.start(config)
  const { proxy } = await mesh.proxy(router)
  const load = new Load({ address, port: door, host })
  await load.more(100)

  await dies.close()
  await load.more(200)
  const { sent, ok, failures } = await load.stop()

  const cluster = `cluster.outbound|80||${hostOf('app')}`
  const retried = proxy.stats.counter(`${cluster}.upstream_rq_retry_success`).value
  console.log(`endpoint died: ${sent} sent, ${ok} ok, ${retried} of them on a second try`)
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
  expect(retried).toBeGreaterThan(0)
})
