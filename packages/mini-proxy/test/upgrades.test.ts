import { createServer, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { seededRandom } from '@meshwright/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, http, listener } from './resources.ts'
import { echo, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const websocket = [{ upgradeType: 'websocket' }]
const connectMatch = { connectMatcher: {} }

interface Setup {
  readonly port: number
  readonly proxy: MeshProxy
  readonly lines: string[]
  stat(name: string): number | undefined
}

/** A proxy before a server, whose connection manager and routes are set further. */
async function fronting(
  port: number,
  hcm: object,
  routes: readonly object[] = [{ match: { prefix: '/' }, route: { cluster: 'app' } }],
  options: ProxyOptions & { cluster?: object } = {},
): Promise<Setup> {
  const lines: string[] = []
  const proxy = createProxy({ accessLog: (line) => lines.push(line), ...options })
  closing.push(() => proxy.close())
  const config = { name: 'r', virtualHosts: [{ name: 'all', domains: ['*'], routes }] }
  const format = '%RESPONSE_CODE% %BYTES_RECEIVED% %BYTES_SENT% %RESPONSE_FLAGS%\n'
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [http('r', { accessLog: [accessLog(format)], ...hcm })])],
      clusters: [cluster('app', [port], options.cluster)],
      routes: [config],
    }),
  )
  const stat = (name: string): number | undefined => {
    const found = proxy.stats.list().find((it) => it.name === name)?.instrument
    return found?.kind === 'histogram' ? undefined : found?.value
  }
  return { port: proxy.listeners.get('in')?.port ?? 0, proxy, lines, stat }
}

function accessLog(inlineString: string): object {
  return {
    name: 'file',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path: '/dev/null',
      logFormat: { textFormatSource: { inlineString } },
    },
  }
}

/** A server that says back every message. */
async function webSocketEcho(): Promise<{ port: number; protocols: string[] }> {
  const protocols: string[] = []
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, { headers }) => {
    protocols.push(`${headers.upgrade} ${headers['x-envoy-attempt-count']}`)
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
  })
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(async () => {
    for (const client of server.clients) client.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, protocols }
}

function opened(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

const upgradeRequest =
  'GET /chat HTTP/1.1\r\nhost: a\r\nconnection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n\r\n'
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'

/** A raw client: says `text`, and tells what it has heard so far. */
function raw(
  port: number,
  text: string,
): { socket: Socket; heard(): string; ended: Promise<void> } {
  let heard = ''
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve)
    socket.once('close', () => resolve())
  })
  socket.write(text)
  closing.push(async () => void socket.destroy())
  return { socket, heard: () => heard, ended }
}

/** A server that answers each head with `answer` and tells what else it heard. */
async function answering(answer: string): Promise<{ port: number; heard(): string }> {
  let heard = ''
  const server = await serve((socket) => {
    let head = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      if (head.includes('\r\n\r\n')) return
      head += chunk.toString('latin1')
      if (head.includes('\r\n\r\n')) socket.write(answer)
    })
    socket.once('end', () => socket.end())
  })
  closing.push(server.close)
  return { port: server.port, heard: () => heard }
}

describe('a WebSocket through the proxy', () => {
  test('echoes messages of every size, each byte', async () => {
    const server = await webSocketEcho()
    const { port, stat, lines } = await fronting(server.port, { upgradeConfigs: websocket })
    const random = seededRandom(7)
    const client = await opened(`ws://127.0.0.1:${port}/chat`)

    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000, 3]) {
      const message = Buffer.alloc(size)
      for (let i = 0; i < size; i++) message[i] = Math.floor(random() * 256)
      const answer = new Promise<Buffer>((resolve) =>
        client.once('message', (it) => resolve(it as Buffer)),
      )
      client.send(message)
      expect(Buffer.compare(await answer, message)).toBe(0)
    }

    expect(stat('http.test.downstream_cx_upgrades_total')).toBe(1)
    expect(stat('http.test.downstream_cx_upgrades_active')).toBe(1)
    client.close()
    await vi.waitFor(() => expect(stat('http.test.downstream_cx_upgrades_active')).toBe(0))
    expect(stat('cluster.app.upstream_rq_active')).toBe(0)
    await vi.waitFor(() => expect(stat('cluster.app.upstream_cx_active')).toBe(0))
    await vi.waitFor(() => expect(stat('http.test.downstream_cx_active')).toBe(0))
    expect(lines).toHaveLength(1)
    const [code, received, sent, flags] = lines[0]?.trim().split(' ') ?? []
    expect([code, flags]).toEqual(['101', '-'])
    // The messages with their frames, masked on the way there.
    expect(Number(received)).toBeGreaterThan(1_131_000)
    expect(Number(received)).toBeLessThan(1_132_000)
    expect(Number(sent)).toBeLessThan(Number(received))
  })

  test('serves many at once, each its own', async () => {
    const server = await webSocketEcho()
    const { port } = await fronting(server.port, { upgradeConfigs: websocket })

    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const client = await opened(`ws://127.0.0.1:${port}/${i}`)
        const answer = new Promise((resolve) => client.once('message', (it) => resolve(`${it}`)))
        client.send(`number ${i}`)
        const heard = await answer
        client.close()
        return heard
      }),
    )

    expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => `number ${i}`))
  })

  test('a client that leaves without a word is seen by the server, and the other way round', async () => {
    const server = await webSocketEcho()
    const { port, stat } = await fronting(server.port, { upgradeConfigs: websocket })
    const leaving = await opened(`ws://127.0.0.1:${port}/`)

    leaving.terminate()

    await vi.waitFor(() => expect(stat('cluster.app.upstream_cx_active')).toBe(0))
    const left = await opened(`ws://127.0.0.1:${port}/`)
    const closed = new Promise((resolve) => left.once('close', resolve))
    for (const close of closing.splice(0, 1)) await close()
    await closed
    await vi.waitFor(() => expect(stat('http.test.downstream_cx_active')).toBe(0))
  })
})

describe('an upgrade', () => {
  test('that nobody allows is answered 403 and not passed on', async () => {
    const server = await answering(switching)
    const { port } = await fronting(server.port, {})
    const client = raw(port, upgradeRequest)

    await client.ended

    expect(client.heard()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    expect(server.heard()).toBe('')
  })

  test.each([
    ['on by the manager, off by the route', true, false, 403],
    ['off by the manager, on by the route', false, true, 101],
    ['on by both', true, true, 101],
    ['off by both', false, false, 403],
  ])('goes as the route says: %s', async (_, byManager, byRoute, status) => {
    const server = await answering(switching)
    const upgradeConfigs = [{ upgradeType: 'WEBSOCKET', enabled: byRoute }]
    const { port } = await fronting(
      server.port,
      { upgradeConfigs: [{ upgradeType: 'WebSocket', enabled: byManager }] },
      [{ match: { prefix: '/' }, route: { cluster: 'app', upgradeConfigs } }],
    )
    const client = raw(port, upgradeRequest)

    await vi.waitFor(() => expect(client.heard()).toContain(`HTTP/1.1 ${status} `))
  })

  test('goes up as the client meant it, with the headers of this hop made anew', async () => {
    const server = await answering(switching)
    const { port } = await fronting(server.port, { upgradeConfigs: websocket })
    const client = raw(port, upgradeRequest)

    await vi.waitFor(() => expect(client.heard()).toMatch(/\r\n\r\n$/))

    expect(server.heard()).toMatch(/^GET \/chat HTTP\/1\.1\r\nhost: a\r\n/)
    expect(server.heard().match(/^connection: .*$/gim)).toEqual(['connection: upgrade'])
    expect(server.heard().match(/^upgrade: .*$/gim)).toEqual(['upgrade: websocket'])
    expect(server.heard()).not.toMatch(/content-length|transfer-encoding/i)
    expect(client.heard()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
    expect(client.heard().match(/^connection: .*$/gim)).toEqual(['connection: upgrade'])
    expect(client.heard().match(/^upgrade: .*$/gim)).toEqual(['upgrade: websocket'])
  })

  test('is what routes can ask for', async () => {
    const server = await answering(switching)
    const upgrade = { name: 'upgrade', stringMatch: { exact: 'WebSocket' } }
    const { port } = await fronting(server.port, { upgradeConfigs: websocket }, [
      { match: { prefix: '/', headers: [upgrade] }, route: { cluster: 'app' } },
    ])
    const client = raw(port, upgradeRequest)

    await vi.waitFor(() => expect(client.heard()).toContain('HTTP/1.1 101 '))
  })

  test('what the client sends too early waits until the server has agreed', async () => {
    let agree = (): void => undefined
    let heard = ''
    const server = await serve((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1')
      })
      agree = () => socket.write(`${switching}and more`)
    })
    closing.push(server.close)
    const { port } = await fronting(server.port, { upgradeConfigs: websocket })
    const client = raw(port, `${upgradeRequest}early`)
    await vi.waitFor(() => expect(heard).toContain('\r\n\r\n'))
    expect(heard).not.toContain('early')

    agree()

    await vi.waitFor(() => expect(heard).toMatch(/\r\n\r\nearly$/))
    await vi.waitFor(() => expect(client.heard()).toMatch(/\r\n\r\nand more$/))
  })

  test('that the server refuses is no tunnel: no byte of what follows reaches a server', async () => {
    const server = await answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno')
    const { port, stat } = await fronting(server.port, { upgradeConfigs: websocket })
    const hidden = 'GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n'
    const client = raw(port, upgradeRequest + hidden)

    await client.ended

    expect(client.heard()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n\r\nno$/)
    expect(server.heard()).not.toContain('hidden')
    expect(stat('http.test.downstream_cx_upgrades_active')).toBe(0)
  })

  test.each([
    ['to another protocol', 'HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n', 502],
    ['with a body of its own', 'HTTP/1.1 101 S\r\ncontent-length: 5\r\n\r\nhello', 101],
  ])('the server answers %s', async (_, answer, status) => {
    const server = await answering(answer)
    const { port } = await fronting(server.port, { upgradeConfigs: websocket })
    const client = raw(port, upgradeRequest)

    await vi.waitFor(() => expect(client.heard()).toContain(`HTTP/1.1 ${status} `))
    expect(client.heard()).not.toMatch(/101[\s\S]*content-length/i)
  })

  test('a 101 that nobody asked for is a fault', async () => {
    const server = await answering(switching)
    const { port } = await fronting(server.port, { upgradeConfigs: websocket })
    const client = raw(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')

    await vi.waitFor(() => expect(client.heard()).toContain('HTTP/1.1 502 '))
  })

  test('with a body is refused', async () => {
    const server = await answering(switching)
    const { port } = await fronting(server.port, { upgradeConfigs: websocket })
    const head = upgradeRequest.replace('host: a\r\n', 'host: a\r\ncontent-length: 5\r\n')
    const client = raw(port, `${head}hello`)

    await client.ended

    expect(client.heard()).toMatch(/^HTTP\/1\.1 400 /)
    expect(server.heard()).toBe('')
  })

  test('each direction ends on its own', async () => {
    let heard = ''
    const server = await serve((socket) => {
      socket.once('data', () => socket.write(switching))
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1')
      })
      socket.once('end', () => socket.end('after your end'))
    })
    closing.push(server.close)
    const { port, lines } = await fronting(server.port, { upgradeConfigs: websocket })
    const client = raw(port, upgradeRequest)
    await vi.waitFor(() => expect(client.heard()).toContain('\r\n\r\n'))

    client.socket.end('the last word')
    await client.ended

    expect(heard).toMatch(/the last word$/)
    expect(client.heard()).toMatch(/after your end$/)
    await vi.waitFor(() => expect(lines).toEqual(['101 13 14 -\n']))
  })

  test('the server ends first, and hears the client out', async () => {
    let heard = ''
    const server = await serve((socket) => {
      socket.once('data', () => socket.end(switching))
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1')
      })
    })
    closing.push(server.close)
    const { port, lines, stat } = await fronting(server.port, { upgradeConfigs: websocket })
    const client = raw(port, upgradeRequest)
    await client.ended
    expect(lines).toEqual([])

    client.socket.write('still ')
    client.socket.end('here')

    await vi.waitFor(() => expect(heard).toMatch(/still here$/))
    await vi.waitFor(() => expect(lines).toEqual(['101 10 0 -\n']))
    await vi.waitFor(() => expect(stat('cluster.app.upstream_cx_active')).toBe(0))
  })

  test('in which nothing moves for too long is ended', async () => {
    const server = await answering(switching)
    const { port, lines } = await fronting(server.port, {
      upgradeConfigs: websocket,
      streamIdleTimeout: '0.2s',
      requestTimeout: '0.1s',
    })
    const client = raw(port, upgradeRequest)

    await client.ended

    expect(client.heard()).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n$/)
    await vi.waitFor(() => expect(lines).toEqual(['101 0 0 SI\n']))
  })

  test('outlives the timeout of its route, which an answer that never comes does not', async () => {
    let asked = 0
    const server = await serve((socket) => {
      socket.on('data', (chunk) => {
        asked++
        if (asked === 1) socket.write(switching)
        else if (chunk.toString() === 'ping') socket.write('pong')
      })
    })
    closing.push(server.close)
    const route = { cluster: 'app', timeout: '0.15s' }
    const { port } = await fronting(server.port, { upgradeConfigs: websocket }, [
      { match: { prefix: '/' }, route },
    ])
    const living = raw(port, upgradeRequest)
    await vi.waitFor(() => expect(living.heard()).toContain('101'))

    const late = raw(port, upgradeRequest)
    await late.ended
    living.socket.write('ping')

    expect(late.heard()).toMatch(/^HTTP\/1\.1 504 /)
    await vi.waitFor(() => expect(living.heard()).toMatch(/pong$/))
  })

  test('is tried again before a server has agreed, and never after', async () => {
    let connections = 0
    const server = await serve((socket) => {
      connections++
      const first = connections === 1
      socket.once('data', () => (first ? socket.destroy() : socket.write(switching)))
      socket.on('data', (chunk) => {
        if (chunk.toString() === 'break') socket.resetAndDestroy()
      })
    })
    closing.push(server.close)
    const retryPolicy = { retryOn: 'reset,connect-failure', numRetries: 3 }
    const { port, stat } = await fronting(server.port, { upgradeConfigs: websocket }, [
      { match: { prefix: '/' }, route: { cluster: 'app', retryPolicy } },
    ])
    const client = raw(port, upgradeRequest)
    await vi.waitFor(() => expect(client.heard()).toContain('101'))

    client.socket.write('break')
    await client.ended

    expect(connections).toBe(2)
    expect(stat('cluster.app.upstream_rq_retry')).toBe(1)
    expect(stat('cluster.app.upstream_rq_active')).toBe(0)
  })

  test('counts as a request with the breaker', async () => {
    const server = await answering(switching)
    const { port, stat } = await fronting(
      server.port,
      { upgradeConfigs: websocket },
      [{ match: { prefix: '/' }, route: { cluster: 'app' } }],
      { cluster: { circuitBreakers: { thresholds: [{ maxRequests: 1 }] } } },
    )
    const first = raw(port, upgradeRequest)
    await vi.waitFor(() => expect(first.heard()).toContain('101'))
    const second = raw(port, upgradeRequest)
    await second.ended
    second.socket.end()
    first.socket.end()
    await vi.waitFor(() => expect(stat('http.test.downstream_cx_active')).toBe(0))
    const third = raw(port, upgradeRequest)

    await vi.waitFor(() => expect(third.heard()).toContain('HTTP/1.1 101 '))
    expect(second.heard()).toContain('HTTP/1.1 503 ')
  })

  test('waits for who reads slowly', async () => {
    const size = 20_000_000
    const server = await serve((socket) => {
      socket.once('data', () => {
        socket.write(switching)
        socket.end(Buffer.alloc(size, 'x'))
      })
    })
    closing.push(server.close)
    const { port } = await fronting(server.port, { upgradeConfigs: websocket })
    let heard = 0
    const socket = connect({ port, host: '127.0.0.1' })
    closing.push(async () => void socket.destroy())
    socket.write(upgradeRequest)

    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        heard += chunk.length
        socket.pause()
        setImmediate(() => socket.resume())
      })
      socket.once('end', resolve)
    })

    expect(heard).toBeGreaterThan(size)
    expect(heard).toBeLessThan(size + 500)
  })

  test('to h2c is ignored', async () => {
    const server = createServer((_, response) => response.end('plain'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    const address = server.address()
    const { port } = await fronting(typeof address === 'object' && address ? address.port : 0, {
      upgradeConfigs: websocket,
    })

    const status = await new Promise((resolve) => {
      request(
        { port, host: '127.0.0.1', headers: { connection: 'upgrade', upgrade: 'h2c' } },
        (it) => resolve(it.resume().statusCode),
      ).end()
    })

    expect(status).toBe(200)
  })

  test('configured twice is refused', () => {
    const proxy = createProxy()
    const twice = [{ upgradeType: 'websocket' }, { upgradeType: 'WebSocket' }]
    const resource = listener('in', [http('r', { upgradeConfigs: twice })])

    expect(proxy.check('type.googleapis.com/envoy.config.listener.v3.Listener', resource)).toMatch(
      /upgrade_configs has "WebSocket" twice/,
    )
  })
})

const connectRequest = 'CONNECT far.example:443 HTTP/1.1\r\nhost: far.example:443\r\n\r\n'

describe('CONNECT', () => {
  const upgradeConfigs = [{ upgradeType: 'CONNECT' }]

  test('is passed on to a proxy, and its agreement opens a tunnel', async () => {
    const server = await answering('HTTP/1.1 200 Connection established\r\n\r\n')
    const { port, lines } = await fronting(server.port, { upgradeConfigs }, [
      { match: connectMatch, route: { cluster: 'app' } },
    ])
    const client = raw(port, `${connectRequest}hello`)
    await vi.waitFor(() => expect(server.heard()).toMatch(/\r\n\r\nhello$/))

    client.socket.end()
    await client.ended

    expect(server.heard()).toMatch(
      /^CONNECT far\.example:443 HTTP\/1\.1\r\nhost: far\.example:443\r\n/,
    )
    expect(client.heard()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(client.heard()).not.toMatch(/content-length|transfer-encoding|connection: close/i)
    await vi.waitFor(() => expect(lines).toEqual(['200 5 0 -\n']))
  })

  test('ends here where the route says so: bytes go to the host bare', async () => {
    const server = await serve(echo)
    closing.push(server.close)
    const connectConfig = {}
    const { port, stat, lines } = await fronting(server.port, {}, [
      {
        match: connectMatch,
        route: { cluster: 'app', upgradeConfigs: [{ upgradeType: 'CONNECT', connectConfig }] },
      },
    ])
    const client = raw(port, `${connectRequest}there`)

    await vi.waitFor(() => expect(client.heard()).toMatch(/there$/))
    client.socket.end(' and back')
    await client.ended

    expect(client.heard()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nthere and back$/)
    await vi.waitFor(() => expect(stat('cluster.app.upstream_cx_active')).toBe(0))
    expect(stat('cluster.app.upstream_rq_active')).toBe(0)
    expect(lines).toEqual(['200 14 14 -\n'])
  })

  test('to a host that is not there is answered 503', async () => {
    const server = await serve(echo)
    await server.close()
    const upgrades = [{ upgradeType: 'CONNECT', connectConfig: {} }]
    const { port, stat } = await fronting(server.port, {}, [
      { match: connectMatch, route: { cluster: 'app', upgradeConfigs: upgrades } },
    ])
    const client = raw(port, connectRequest)

    await client.ended

    expect(client.heard()).toMatch(/^HTTP\/1\.1 503 /)
    expect(stat('cluster.app.upstream_rq_active')).toBe(0)
  })

  test('beyond the connections that the breaker admits is answered 503', async () => {
    const server = await serve(echo)
    closing.push(server.close)
    const upgrades = [{ upgradeType: 'CONNECT', connectConfig: {} }]
    const { port } = await fronting(
      server.port,
      {},
      [{ match: connectMatch, route: { cluster: 'app', upgradeConfigs: upgrades } }],
      { cluster: { circuitBreakers: { thresholds: [{ maxConnections: 1 }] } } },
    )
    const first = raw(port, connectRequest)
    await vi.waitFor(() => expect(first.heard()).toContain('200'))
    const second = raw(port, connectRequest)

    await second.ended

    expect(second.heard()).toMatch(/^HTTP\/1\.1 503 /)
  })

  test('without a route for it is answered 404, with one that does not allow it 403', async () => {
    const server = await answering(switching)
    const without = await fronting(server.port, { upgradeConfigs })
    const off = await fronting(server.port, {}, [
      { match: connectMatch, route: { cluster: 'app' } },
    ])
    const unmatched = raw(without.port, connectRequest)
    const refused = raw(off.port, connectRequest)

    await Promise.all([unmatched.ended, refused.ended])

    expect(unmatched.heard()).toMatch(/^HTTP\/1\.1 404 /)
    expect(refused.heard()).toMatch(/^HTTP\/1\.1 403 /)
    expect(server.heard()).toBe('')
  })
})
