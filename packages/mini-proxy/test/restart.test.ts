import { Agent, createServer, get, type Server } from 'node:http'
import { connect } from 'node:net'
import { parseBootstrap } from '@meshwright/xds-client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type SupervisedProxy, type SuperviseOptions, superviseProxy } from '../src/index.ts'
import { cluster, http, listener } from './resources.ts'
import { serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A port that is free, and was nobody's lately. */
async function freePort(): Promise<number> {
  const server = await serve(() => undefined)
  await server.close()
  return server.port
}

async function backend(): Promise<number> {
  const server: Server = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function bootstrapFor(port: number, app: number): ReturnType<typeof parseBootstrap> {
  const routeConfig = {
    name: 'r',
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [{ match: { prefix: '/' }, route: { cluster: 'app' } }],
      },
    ],
  }
  const web = listener('web', [http('', { rds: undefined, routeConfig })], {
    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
  })
  return parseBootstrap(
    JSON.stringify({
      node: { id: 'p', cluster: 'c' },
      admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
      staticResources: { listeners: [web], clusters: [cluster('app', [app])] },
    }),
    { file: 'bootstrap' },
  )
}

async function supervised(
  more: Partial<SuperviseOptions> = {},
): Promise<{ port: number; proxy: SupervisedProxy; stat(name: string): Promise<number> }> {
  const port = await freePort()
  const bootstrap = bootstrapFor(port, await backend())
  const proxy = await superviseProxy({ bootstrap, ...more })
  closing.push(() => proxy.close())
  const stat = async (name: string): Promise<number> => {
    const found = (await proxy.stats()).find((it) => it.name === name)?.instrument
    return found === undefined || found.kind === 'histogram' ? -1 : found.value
  }
  return { port, proxy, stat }
}

/** Asks again and again, over new and kept connections, until told to stop. */
class Load {
  readonly #port: number
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 4 })
  #stopped = false
  answered = 0
  readonly failures: string[] = []
  readonly #done: Promise<unknown>

  constructor(port: number, clients: number) {
    this.#port = port
    this.#done = Promise.all(Array.from({ length: clients }, (_, i) => this.#run(i % 2 === 0)))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#done
    this.#kept.destroy()
  }

  async #run(kept: boolean): Promise<void> {
    while (!this.#stopped) {
      const outcome = await this.#ask(kept)
      if (outcome === 'hello') this.answered++
      else this.failures.push(outcome)
    }
  }

  #ask(kept: boolean): Promise<string> {
    return new Promise((resolve) => {
      const agent = kept ? this.#kept : new Agent({ keepAlive: false })
      get({ port: this.#port, host: '127.0.0.1', agent }, (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.once('end', () => resolve(body))
        response.once('error', (error) => resolve(error.message))
      }).once('error', (error) => resolve(error.message))
    })
  }
}

function isToldToLeave(port: number, agent: Agent): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent }, (response) => {
      response.resume().once('end', () => resolve(response.headers.connection === 'close'))
    }).once('error', reject)
  })
}

/** Why a connection fails; undefined if it does not. */
function refusalOf(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}

describe('a supervised proxy', () => {
  test('is replaced under load: no connection is refused, no request lost, counters go on', async () => {
    const { port, proxy, stat } = await supervised({ replacedDrainMs: 2000 })
    const load = new Load(port, 8)
    const [before] = proxy.pids
    await vi.waitFor(() => expect(load.answered).toBeGreaterThan(100), 10_000)

    for (let i = 0; i < 3; i++) {
      await proxy.restart()
      const seen = load.answered
      await vi.waitFor(() => expect(load.answered).toBeGreaterThan(seen + 100), 10_000)
    }
    await load.stop()

    expect(load.failures).toEqual([])
    expect(proxy.epoch).toBe(3)
    expect(proxy.pids).not.toContain(before)
    await vi.waitFor(
      async () => expect(await stat('http.test.downstream_rq_completed')).toBe(load.answered),
      5000,
    )
  }, 60_000)

  test('goes on with the old workers where new ones cannot serve', async () => {
    const { port, proxy } = await supervised()
    const broken = bootstrapFor(port, 1)
    const listeners = [{ ...broken.staticResources.listeners[0], filterChains: [] }]
    const load = new Load(port, 2)

    await expect(
      proxy.restart({ ...broken, staticResources: { ...broken.staticResources, listeners } }),
    ).rejects.toThrow(/filter chain/)
    const seen = load.answered
    await vi.waitFor(() => expect(load.answered).toBeGreaterThan(seen + 20), 10_000)
    await load.stop()

    expect(load.failures).toEqual([])
    expect(proxy.epoch).toBe(0)
  }, 30_000)

  test('serves with several processes that share a port and one configuration', async () => {
    const { port, proxy, stat } = await supervised({ concurrency: 2 })
    const load = new Load(port, 32)
    await vi.waitFor(() => expect(load.answered).toBeGreaterThan(500), 20_000)
    await load.stop()

    expect(proxy.pids).toHaveLength(2)
    expect(load.failures).toEqual([])
    expect(await stat('http.test.downstream_rq_completed')).toBe(load.answered)
    const { admin } = proxy
    const page = await fetch(`http://${admin?.address}:${admin?.port}/stats?filter=rq_completed`)
    expect(await page.text()).toContain(`http.test.downstream_rq_completed: ${load.answered}\n`)
    const ready = await fetch(`http://${admin?.address}:${admin?.port}/ready`)
    expect(await ready.text()).toBe('LIVE\n')
    const dump = await fetch(`http://${admin?.address}:${admin?.port}/config_dump`)
    expect(JSON.stringify(await dump.json())).toContain('"web"')
  }, 40_000)

  test('tells every worker to fail its health checks, also one that comes later', async () => {
    const { port, proxy } = await supervised({ concurrency: 2 })
    const admin = `http://127.0.0.1:${proxy.admin?.port}`
    /** Of so many connections that both workers have some: how many were told to go elsewhere. */
    const leaving = async (): Promise<number> => {
      const agents = Array.from({ length: 24 }, () => new Agent({ keepAlive: true }))
      const told = await Promise.all(agents.map((agent) => isToldToLeave(port, agent)))
      for (const agent of agents) agent.destroy()
      return told.filter(Boolean).length
    }
    expect(await leaving()).toBe(0)
    expect((await fetch(`${admin}/healthcheck/fail`)).status).toBe(405)
    expect(await (await fetch(`${admin}/ready`)).text()).toBe('LIVE\n')

    await fetch(`${admin}/healthcheck/fail`, { method: 'POST' })
    expect(await (await fetch(`${admin}/ready`)).text()).toBe('DRAINING\n')
    expect(await leaving()).toBe(24)
    const [, follower = 0] = proxy.pids
    process.kill(follower, 'SIGKILL')
    await vi.waitFor(() => expect(proxy.pids).not.toContain(follower), 10_000)
    await vi.waitFor(() => expect(proxy.pids).toHaveLength(2), 10_000)
    await vi.waitFor(async () => expect(await leaving()).toBe(24), 20_000)

    await fetch(`${admin}/healthcheck/ok`, { method: 'POST' })
    expect(await leaving()).toBe(0)
    expect(await (await fetch(`${admin}/ready`)).text()).toBe('LIVE\n')
  }, 60_000)

  test('stops listening with every worker when it is told to', async () => {
    const { port, proxy } = await supervised({ concurrency: 2 })
    await fetch(`http://127.0.0.1:${proxy.admin?.port}/drain_listeners`, { method: 'POST' })

    await vi.waitFor(async () => {
      const errors = await Promise.all(Array.from({ length: 12 }, () => refusalOf(port)))
      expect(errors).toEqual(errors.map(() => 'ECONNREFUSED'))
    }, 10_000)
  }, 30_000)

  test('replaces a worker that ends by itself, and clients wait for it', async () => {
    const { port, proxy } = await supervised()
    const [pid = 0] = proxy.pids

    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(proxy.pids).not.toContain(pid))
    const load = new Load(port, 4)
    await vi.waitFor(() => expect(load.answered).toBeGreaterThan(20), 10_000)
    await load.stop()

    expect(load.failures).toEqual([])
    expect(proxy.pids).toHaveLength(1)
  }, 30_000)

  test('lets requests under way finish when it drains, and leaves nothing behind', async () => {
    const { port, proxy } = await supervised()
    const { pids } = proxy

    await proxy.drain({ boundMs: 1000 })

    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow()
    const refused = await new Promise((resolve) =>
      connect(port, '127.0.0.1').once('error', (error) => resolve('code' in error && error.code)),
    )
    expect(refused).toBe('ECONNREFUSED')
  }, 20_000)
})
