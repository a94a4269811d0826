import { ManualClock } from '@meshwright/testkit'
import { afterEach, expect, test } from 'vitest'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, http, listener, routesTo } from './resources.ts'
import { serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function started(options: ProxyOptions = {}): MeshProxy {
  const proxy = createProxy(options)
  closing.push(() => proxy.close())
  return proxy
}

async function backend(): Promise<number> {
  const { port, close } = await serve((socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
  })
  closing.push(close)
  return port
}

const filters = 'type.googleapis.com/envoy.extensions.filters.http'
const delayed = http('routes', {
  httpFilters: [
    {
      name: 'fault',
      typedConfig: {
        '@type': `${filters}.fault.v3.HTTPFault`,
        delay: { fixedDelay: '1s', percentage: { numerator: 100 } },
      },
    },
    { name: 'router', typedConfig: { '@type': `${filters}.router.v3.Router` } },
  ],
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a request that has not been sent yet when its cluster is replaced still gets there', async () => {
  const port = await backend()
  const time = new ManualClock()
  const proxy = started({ timers: time, clock: time })
  const [listeners, routes] = [[listener('in', [delayed])], [routesTo('routes', 'backend')]]
  await proxy.apply(viewOf({ listeners, routes, clusters: [cluster('backend', [port])] }))

  const response = fetch(`http://127.0.0.1:${proxy.listeners.get('in')?.port}/`)
  await until(() => proxy.stats.counter('http.test.fault.delays_injected').value === 1)
  const changed = cluster('backend', [port], { connectTimeout: '2s' })
  await proxy.apply(viewOf({ listeners, routes, clusters: [changed] }))
  time.advance(1000)

  expect(await (await response).text()).toBe('ok')
  await until(() => proxy.stats.gauge('cluster.backend.upstream_cx_active').value === 0)
})

test('a request that waits for its connection when the host goes still gets there', async () => {
  const port = await backend()
  const proxy = started()
  const [listeners, routes] = [[listener('in', [http('routes')])], [routesTo('routes', 'backend')]]
  await proxy.apply(viewOf({ listeners, routes, clusters: [cluster('backend', [port])] }))

  const url = `http://127.0.0.1:${proxy.listeners.get('in')?.port}/`
  const response = fetch(url)
  await until(() => proxy.stats.gauge('cluster.backend.upstream_cx_active').value === 1)
  await proxy.apply(viewOf({ listeners, routes, clusters: [cluster('backend', [])] }))

  expect((await response).status).toBe(200)
  expect((await fetch(url)).status).toBe(503)
  await until(() => proxy.stats.gauge('cluster.backend.upstream_cx_active').value === 0)
})
