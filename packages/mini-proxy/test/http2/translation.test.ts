import { createHash } from 'node:crypto'
import { Agent, request as http1Request, type IncomingHttpHeaders } from 'node:http'
import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { ask, h2 } from './h2-client.ts'
import { app, atEnd, mesh, type Version } from './mesh.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly body: Buffer
}

type Caller = (path: string, headers?: Record<string, string>, body?: Buffer) => Promise<Reply>

/** A client of one version, with one kept connection. */
function caller(version: Version, port: number): Caller {
  if (version === 2) {
    const session = h2(port)
    return (path, headers = {}, body) => ask(session, { ':path': path, ...headers }, body)
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  atEnd(() => agent.destroy())
  return (path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const request = http1Request(
        { port, host: '127.0.0.1', path, method, headers, agent },
        (it) => {
          const chunks: Buffer[] = []
          it.on('data', (chunk: Buffer) => chunks.push(chunk))
          it.on('error', reject)
          it.on('end', () =>
            resolve({
              status: it.statusCode ?? 0,
              headers: it.headers,
              trailers: it.trailers,
              body: Buffer.concat(chunks),
            }),
          )
        },
      )
      request.on('error', reject)
      request.end(body)
    })
}

const pairs: [Version, Version][] = [
  [1, 1],
  [1, 2],
  [2, 1],
  [2, 2],
]

describe.each(pairs)('HTTP/%i in front of HTTP/%i', (down, up) => {
  const enableTrailers = { httpProtocolOptions: { enableTrailers: true } }

  test('carries method, path, host, headers and cookies', async () => {
    const seen: { method?: string; url?: string; headers?: IncomingHttpHeaders } = {}
    const appPort = await app(up, (request, response) => {
      Object.assign(seen, { method: request.method, url: request.url, headers: request.headers })
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.setHeader('x-answer', 'yes')
      response.end('hello')
    })
    const { port, counter } = await mesh(appPort, { upstream: up })
    const call = caller(down, port)
    const reply = await call('/a/b?c=d', { cookie: 'x=1; y=2', 'x-test': 'v' })

    expect(reply.status).toBe(200)
    expect(reply.body.toString()).toBe('hello')
    expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(reply.headers['x-answer']).toBe('yes')
    expect(reply.headers).not.toHaveProperty('connection')
    expect(seen.method).toBe('GET')
    expect(seen.url).toBe('/a/b?c=d')
    expect(seen.headers).toMatchObject({ cookie: 'x=1; y=2', 'x-test': 'v' })
    expect(seen.headers?.host ?? seen.headers?.[':authority']).toBe(`127.0.0.1:${port}`)
    expect(counter(`cluster.app.upstream_cx_http${up}_total`)).toBe(1)
  })

  test('carries bodies of all sizes both ways, and one connection is enough', async () => {
    const appPort = await app(up, (request, response) => {
      const hash = createHash('sha256')
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => {
        hash.update(chunk)
        chunks.push(chunk)
      })
      request.on('end', () => {
        response.setHeader('x-hash', hash.digest('hex'))
        response.end(Buffer.concat(chunks).reverse())
      })
    })
    const { port, gauge } = await mesh(appPort, { upstream: up })
    const call = caller(down, port)
    const random = seededRandom(11)
    let compared = 0
    for (const size of [0, 1, 100, 16_384, 16_385, 70_000, 1_000_000, 3_000_000]) {
      const body = Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)))
      const reply = await call('/', {}, body)
      expect(reply.status).toBe(200)
      expect(reply.headers['x-hash']).toBe(createHash('sha256').update(body).digest('hex'))
      expect(reply.body.equals(body.reverse())).toBe(true)
      compared += reply.body.length
    }
    expect(compared).toBe(4_102_870)
    expect(gauge('http2.streams_active')).toBe(0)
    expect(gauge('cluster.app.http2.streams_active')).toBe(0)
    expect(gauge('http2.pending_send_bytes')).toBe(0)
  })

  test('carries trailers of the answer', async () => {
    const appPort = await app(up, (_, response) => {
      if (up === 1) response.setHeader('trailer', 'grpc-status')
      response.addTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' })
      response.write('body')
      response.end()
    })
    const { port } = await mesh(appPort, { upstream: up, manager: enableTrailers })
    const reply = await caller(down, port)('/', { te: 'trailers' })
    expect(reply.body.toString()).toBe('body')
    expect(reply.trailers).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'fine' })
  })

  test('is told of in the access log', async () => {
    const appPort = await app(up, (_, response) => response.end('hello'))
    const accessLog = [
      {
        name: 'file',
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
          path: '/log',
          logFormat: {
            textFormatSource: {
              inlineString: '%PROTOCOL% %UPSTREAM_PROTOCOL% %RESPONSE_CODE% %BYTES_SENT%\n',
            },
          },
        },
      },
    ]
    const { port, lines } = await mesh(appPort, { upstream: up, manager: { accessLog } })
    await caller(down, port)('/')
    const name = (version: Version): string => (version === 1 ? 'HTTP/1.1' : 'HTTP/2')
    await expect.poll(() => lines).toEqual([`${name(down)} ${name(up)} 200 5\n`])
  })

  test('answers HEAD without a body and keeps its length', async () => {
    const appPort = await app(up, (_, response) => {
      response.setHeader('content-length', '5')
      response.end()
    })
    const { port } = await mesh(appPort, { upstream: up })
    if (down === 2) {
      const session = h2(port)
      const reply = await ask(session, { ':method': 'HEAD' })
      expect([reply.status, reply.headers['content-length']]).toEqual([200, '5'])
    } else {
      const reply = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
        http1Request({ port, host: '127.0.0.1', method: 'HEAD' }, (it) => {
          it.resume()
          resolve(it.headers)
        })
          .on('error', reject)
          .end()
      })
      expect(reply['content-length']).toBe('5')
    }
  })
})
