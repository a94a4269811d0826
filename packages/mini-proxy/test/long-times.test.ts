// Times beyond the 24.8 days of a timer of the platform, which fires at once for more.
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createProxy, viewOf } from '../src/index.ts'
import { cluster, http, listener, tcpProxy } from './resources.ts'
import { echo, serve } from './sockets.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const month = '2592000s'
const overflows: string[] = []
const collect = ({ name, message }: Error): void => {
  if (name === 'TimeoutOverflowWarning') overflows.push(message)
}
process.on('warning', collect)
afterAll(() => process.off('warning', collect))

test('a request may take a month, and so may each of its tries', async () => {
  const server = createServer((_, response) => setTimeout(() => response.end('late'), 50))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close().closeAllConnections())
  const proxy = createProxy()
  closing.push(() => proxy.close())
  const retryPolicy = { retryOn: '5xx', perTryTimeout: '2591999s' }
  const route = { cluster: 'backend', timeout: month, retryPolicy }
  const routes = [{ match: { prefix: '/' }, route }]
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [http('main')])],
      routes: [{ name: 'main', virtualHosts: [{ name: 'all', domains: ['*'], routes }] }],
      clusters: [
        cluster('backend', [(server.address() as AddressInfo).port], {
          outlierDetection: { interval: month, baseEjectionTime: month, maxEjectionTime: month },
        }),
      ],
    }),
  )
  const answer = await fetch(`http://127.0.0.1:${proxy.listeners.get('in')?.port}/`)
  expect([answer.status, await answer.text()]).toEqual([200, 'late'])
  expect(overflows).toEqual([])
})

test('a connection may be idle for a month', async () => {
  const server = await serve(echo)
  closing.push(server.close)
  const proxy = createProxy()
  closing.push(() => proxy.close())
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('echo', { idleTimeout: month })])],
      clusters: [cluster('echo', [server.port])],
    }),
  )
  const socket = connect(proxy.listeners.get('in')?.port ?? 0, '127.0.0.1')
  closing.push(() => socket.destroy())
  const ask = () =>
    new Promise((resolve) => {
      socket.once('data', (bytes) => resolve(String(bytes)))
      socket.once('close', () => resolve('closed'))
      socket.write('ping')
    })
  expect(await ask()).toBe('ping')
  // Idle, for a hundred turns of the loop of timers.
  for (let i = 0; i < 100; i++) await new Promise((resolve) => setTimeout(resolve, 0))
  expect(await ask()).toBe('ping')
})
