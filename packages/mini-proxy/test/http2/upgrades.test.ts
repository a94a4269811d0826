import { createHash, randomBytes } from 'node:crypto'
import { createServer as createHttp1, request as http1Request } from 'node:http'
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { h2 } from './h2-client.ts'
import { listening, mesh, type RunningMesh, type Version } from './mesh.ts'

const manager = {
  upgradeConfigs: [{ upgradeType: 'websocket' }],
  http2ProtocolOptions: { allowConnect: true },
}

const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** An app that turns what asks for it into an echo. */
async function echo(version: Version, seen: string[]): Promise<number> {
  if (version === 1) {
    const server = createHttp1((_, response) => response.end('no upgrade'))
    server.on('upgrade', (request, socket: Duplex) => {
      seen.push(`${request.method} ${request.url} ${request.headers.upgrade}`)
      const accept = acceptOf(request.headers['sec-websocket-key'] ?? '')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      )
      socket.pipe(socket)
    })
    return listening(server)
  }
  const server = createHttp2({ settings: { enableConnectProtocol: true } })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    seen.push(`${headers[':method']} ${headers[':path']} ${headers[':protocol']}`)
    expect(headers).not.toHaveProperty('sec-websocket-key')
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  })
  return listening(server)
}

/** Opens a tunnel as a client of one version does; what it expects to read before is checked. */
function open(version: Version, { port }: RunningMesh): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (version === 1) {
      const key = randomBytes(16).toString('base64')
      const headers = {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
      }
      const request = http1Request({ port, host: '127.0.0.1', path: '/chat', headers })
      request.on('upgrade', (response, socket) => {
        expect(response.statusCode).toBe(101)
        expect(response.headers['sec-websocket-accept']).toBe(acceptOf(key))
        resolve(socket)
      })
      request.on('response', (it) => reject(new Error(`answered ${it.statusCode}`)))
      request.on('error', reject)
      request.end()
      return
    }
    const session = h2(port)
    session.once('remoteSettings', () => {
      const stream = session.request(
        {
          ':method': 'CONNECT',
          ':protocol': 'websocket',
          ':path': '/chat',
          'sec-websocket-version': '13',
        },
        { endStream: false },
      )
      stream.on('error', reject)
      stream.on('response', (headers) => {
        expect(headers).not.toHaveProperty('sec-websocket-accept')
        if (headers[':status'] === 200) resolve(stream)
        else reject(new Error(`answered ${headers[':status']}`))
      })
    })
  })
}

const pairs: [Version, Version][] = [
  [1, 1],
  [1, 2],
  [2, 1],
  [2, 2],
]

describe.each(pairs)('a WebSocket of HTTP/%i to an app of HTTP/%i', (down, up) => {
  test('carries bytes both ways, and ends in both directions', async () => {
    const seen: string[] = []
    const it = await mesh(await echo(up, seen), {
      upstream: up,
      manager,
      http2: { allowConnect: true },
    })
    const tunnel = await open(down, it)
    const sent = randomBytes(300_000)
    const heard: Buffer[] = []
    tunnel.on('data', (chunk: Buffer) => heard.push(chunk))
    const ended = new Promise((resolve) => tunnel.once('end', resolve))
    tunnel.write(sent.subarray(0, 10))
    await expect.poll(() => Buffer.concat(heard).length).toBe(10)
    tunnel.end(sent.subarray(10))
    await ended
    expect(Buffer.concat(heard).equals(sent)).toBe(true)
    expect(seen).toEqual([up === 1 ? 'GET /chat websocket' : 'CONNECT /chat websocket'])
    await expect.poll(() => it.gauge('http.test.downstream_rq_active')).toBe(0)
    expect(it.gauge('http2.streams_active')).toBe(0)
    expect(it.gauge('cluster.app.http2.streams_active')).toBe(0)
  })

  test('that nobody allowed is answered 403', async () => {
    const it = await mesh(await echo(up, []), {
      upstream: up,
      manager: { http2ProtocolOptions: { allowConnect: true } },
    })
    await expect(open(down, it)).rejects.toThrow('answered 403')
  })
})
