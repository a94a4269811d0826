import { Agent, createServer, get } from 'node:http'
import { ManualClock, seededRandom } from '@meshwright/testkit'
import { afterEach, expect, test } from 'vitest'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, http, listener, routesTo } from './resources.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Setup {
  readonly proxy: MeshProxy
  readonly clock: ManualClock
  /** Puts another version of the listener into force: its chain is another. */
  change(): Promise<void>
  /** Asks once on each of so many kept connections, and counts the answers that were the last. */
  askAll(): Promise<number>
}

const connections = 40
const drainMs = 10_000

async function kept(options: ProxyOptions): Promise<Setup> {
  const server = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const app = typeof address === 'object' && address ? address.port : 0
  const clock = new ManualClock()
  const proxy = createProxy({ drainMs, timers: clock, clock, random: seededRandom(3), ...options })
  const apply = (serverName: string): Promise<void> =>
    proxy.apply(
      viewOf({
        listeners: [listener('in', [http('r', { serverName })])],
        clusters: [cluster('app', [app])],
        routes: [routesTo('r', 'app')],
      }),
    )
  await apply('before')
  const { port = 0 } = proxy.listeners.get('in') ?? {}
  const agents = Array.from(
    { length: connections },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  )
  closing.push(async () => {
    for (const agent of agents) agent.destroy()
    await proxy.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const ask = (agent: Agent): Promise<boolean> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent }, (response) => {
        const { server: name, connection } = response.headers
        response.resume().once('end', () => resolve(name === 'before' && connection === 'close'))
      }).once('error', reject)
    })
  const askAll = async (): Promise<number> =>
    (await Promise.all(agents.map(ask))).filter(Boolean).length
  await askAll()
  return { proxy, clock, change: () => apply('after'), askAll }
}

test('connections of a changed listener are told to leave with their next answer', async () => {
  const { change, askAll } = await kept({})

  await change()

  expect(await askAll()).toBe(connections)
  expect(await askAll()).toBe(0)
})

test('or, gradually, one after the other over the drain time', async () => {
  const { clock, change, askAll } = await kept({ drainStrategy: 'gradual' })

  await change()

  expect(await askAll()).toBe(0)
  clock.advance(drainMs / 2)
  const byHalf = await askAll()
  expect(byHalf).toBeGreaterThan(connections * 0.25)
  expect(byHalf).toBeLessThan(connections * 0.75)
  clock.advance(drainMs / 2 - 1)
  expect(byHalf + (await askAll())).toBe(connections)
})

test('whoever has not left when the drain time is over is ended', async () => {
  const { proxy, clock, change } = await kept({ drainStrategy: 'gradual' })

  await change()
  expect(proxy.activeConnections).toBe(connections)
  clock.advance(drainMs)

  await expect.poll(() => proxy.activeConnections).toBe(0)
  expect(clock.pending).toBeLessThan(5)
})
