import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { ManualClock } from '@meshwright/testkit'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { TcpConnection } from '../channel/tcp-connection.ts'
import { defaultAmbient } from '../defaults.ts'
import { Deadlines } from '../http/deadlines.ts'
import { HeaderList } from '../http/header-list.ts'
import type { HttpPool, HttpPoolOptions } from '../http/pool.ts'
import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
  StreamHandler,
} from '../http/stream.ts'
import type { OutgoingConnection } from '../network/connection.ts'
import { createHttp1Pool } from './http1-pool.ts'
import { Http1ServerConnection, type ServerConnectionOptions } from './server-connection.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const run of cleanups.splice(0)) run()
})

function listen(server: Server): Promise<number> {
  cleanups.push(() => server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Connections that servers of ours took. */
const accepted: Socket[] = []

const facts = {
  id: 0,
  remoteAddress: '',
  remotePort: 0,
  localAddress: '',
  localPort: 0,
  tls: undefined,
}

const serverDefaults = {
  idleTimeoutMs: 60_000,
  requestHeadersTimeoutMs: 60_000,
  delayedCloseTimeoutMs: 1000,
  maxRequests: Number.POSITIVE_INFINITY,
  proxyContinue: false,
  serverName: 'meshwright',
}

/** A server of ours on a port of its own. */
function serve(
  onStream: StreamHandler,
  options: Partial<ServerConnectionOptions> = {},
): Promise<number> {
  return listen(
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      accepted.push(socket)
      const connection = new Http1ServerConnection(socket, facts, {
        ...serverDefaults,
        onStream,
        deadlines: new Deadlines(defaultAmbient.timers),
        ...options,
      })
      cleanups.push(() => connection.destroy())
    }),
  )
}

/** Sends `text` and gives all that came back until the server closed. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const got: Buffer[] = []
    socket.on('data', (chunk: Buffer) => got.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(got).toString('latin1')))
    socket.on('error', reject)
    socket.write(text, 'latin1')
  })
}

/** Answers every request with its method, path and body, in the form that the path names. */
const echo: StreamHandler = (sender) => {
  const body: Buffer[] = []
  let head: RequestHead | undefined
  const answer = () => {
    const text = `${head?.method} ${head?.path} ${Buffer.concat(body).toString('latin1')}`
    const headers = HeaderList.of(
      head?.path === '/length' ? { 'content-length': `${text.length}` } : {},
    )
    sender.sendHead({ status: 200, headers }, false)
    sender.sendData(Buffer.from(text, 'latin1'), true)
  }
  return {
    onHead(it, endStream) {
      head = it
      if (endStream) answer()
    },
    onData(chunk, endStream) {
      body.push(Buffer.from(chunk))
      if (endStream) answer()
    },
    onTrailers: answer,
    onReset() {},
    onWritable() {},
  }
}

const close = 'Connection: close\r\n'
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`

test('a closing connection waits as long as the client takes something, no longer', async () => {
  const clock = new ManualClock()
  const taken: (() => void)[] = []
  const socket = new Duplex({
    highWaterMark: 10,
    read() {},
    write: (_chunk, _encoding, done) => void taken.push(done),
  })
  const onStream: StreamHandler = (sender) => ({
    ...echo(sender, facts),
    onHead() {
      const headers = HeaderList.of({ 'content-length': '100000', connection: 'close' })
      sender.sendHead({ status: 200, headers }, false)
      for (let i = 0; i < 4; i += 1) sender.sendData(Buffer.alloc(25_000), i === 3)
    },
  })
  new Http1ServerConnection(socket, facts, {
    ...serverDefaults,
    onStream,
    deadlines: new Deadlines(clock),
  })
  socket.push(get('/'))
  await vi.waitFor(() => expect(taken).toHaveLength(1))

  for (let i = 0; i < 3; i += 1) {
    clock.advance(900)
    taken.at(-1)?.()
    await vi.waitFor(() => expect(taken).toHaveLength(i + 2))
    clock.advance(200)
    expect(socket.destroyed).toBe(false)
  }
  clock.advance(1200)
  expect(socket.destroyed).toBe(true)
})

test('requests sent ahead wait while the client does not take the answers', async () => {
  const clock = new ManualClock()
  const taken: (() => void)[] = []
  let requests = 0
  const socket = new Duplex({
    writableHighWaterMark: 1000,
    read() {},
    write: (_chunk, _encoding, done) => void taken.push(done),
  })
  const onStream: StreamHandler = (sender) => ({
    ...echo(sender, facts),
    onHead() {
      requests += 1
      sender.sendHead({ status: 200, headers: HeaderList.of({ 'content-length': '6000' }) }, false)
      sender.sendData(Buffer.alloc(6000), true)
    },
  })
  new Http1ServerConnection(socket, facts, {
    ...serverDefaults,
    onStream,
    deadlines: new Deadlines(clock),
  })

  socket.push(get('/').repeat(100))
  socket.push(get('/').repeat(100))
  await vi.waitFor(() => expect(taken).toHaveLength(1))
  expect(requests).toBeLessThan(5)
  expect(socket.writableLength).toBeLessThan(22_000)

  while (requests < 200) {
    taken.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
    expect(socket.writableLength).toBeLessThan(22_000)
  }
  expect(socket.isPaused()).toBe(false)

  // A client that takes nothing at all is idle.
  clock.advance(serverDefaults.idleTimeoutMs + 200)
  clock.advance(serverDefaults.delayedCloseTimeoutMs + 200)
  expect(socket.destroyed).toBe(true)
})

describe('a server connection', () => {
  test('sends the answers that are whole before a later request breaks the connection', async () => {
    const port = await serve((sender) => ({
      onHead(_head, endStream) {
        const headers = HeaderList.of(endStream ? { 'content-length': '5' } : {})
        sender.sendHead({ status: 200, headers }, false)
        if (endStream) sender.sendData(Buffer.from('whole'), true)
      },
      onData() {},
      onTrailers() {},
      onReset() {},
      onWritable() {},
    }))
    const whole = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'
    const broken = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nno size\r\n'

    const answers = await exchange(port, whole + broken)

    expect(answers).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole')
  })

  test('answers requests in order, those that were sent ahead too', async () => {
    const port = await serve(echo)
    const post = 'POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'
    const answer = await exchange(port, get('/1') + post + get('/3', close))
    expect(answer.split('HTTP/1.1 200 OK\r\n')).toEqual([
      '',
      'transfer-encoding: chunked\r\n\r\n7\r\nGET /1 \r\n0\r\n\r\n',
      'content-length: 16\r\n\r\nPOST /length abc',
      'transfer-encoding: chunked\r\nconnection: close\r\n\r\n7\r\nGET /3 \r\n0\r\n\r\n',
    ])
  })

  test('does not start on the second request before the first is answered', async () => {
    const senders: MessageSender<ResponseHead>[] = []
    const arrived: string[] = []
    let next: (() => void) | undefined
    const port = await serve((sender) => ({
      ...ignore,
      onHead(head) {
        arrived.push(head.path)
        senders.push(sender)
        next?.()
      },
    }))
    const first = new Promise<void>((resolve) => {
      next = resolve
    })
    const answer = exchange(port, get('/1') + get('/2', close))
    await first
    expect(arrived).toEqual(['/1'])
    senders[0]?.sendHead({ status: 204, headers: new HeaderList() }, true)
    expect(arrived).toEqual(['/1', '/2'])
    senders[1]?.sendHead({ status: 200, headers: new HeaderList() }, true)
    expect(await answer).toBe(
      'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
    )
  })

  test('stops reading while what was sent ahead waits', async () => {
    const port = await serve(() => ignore)
    const socket = connect(port, '127.0.0.1')
    cleanups.push(() => socket.destroy())
    const flood = Buffer.alloc(1 << 20, get('/'))
    for (let i = 0; i < 20; i += 1) socket.write(flood)
    await vi.waitFor(() => expect(accepted.at(-1)?.bytesRead).toBeGreaterThan(0))
    for (let i = 0; i < 200; i += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(accepted.at(-1)?.bytesRead).toBeLessThan(1 << 20)
  })

  test.each([
    [
      'HEAD',
      'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      200,
      'content-length: 9\r\n',
    ],
    ['204', get('/', close), 204, ''],
    ['304', get('/', close), 304, 'content-length: 9\r\n'],
  ])('sends no body with %s', async (_name, bytes, status, line) => {
    const port = await serve((sender) => ({
      ...ignore,
      onHead() {
        sender.sendHead({ status, headers: HeaderList.of({ 'content-length': '9' }) }, false)
        sender.sendData(Buffer.from('unwanted!'), true)
      },
    }))
    expect(await exchange(port, bytes)).toMatch(
      new RegExp(`^HTTP/1.1 ${status} [ \\w]+\\r\\n${line}connection: close\\r\\n\\r\\n$`),
    )
  })

  test('asks for the body of a client that waits, once', async () => {
    const port = await serve(echo)
    const answer = await exchange(
      port,
      'POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nhi',
    )
    expect(answer).toBe(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 15\r\nconnection: close\r\n\r\nPOST /length hi',
    )
  })

  test('does not ask for a body that is refused at once, and closes', async () => {
    const port = await serve((sender) => ({
      ...ignore,
      onHead: () => sender.sendHead({ status: 413, headers: new HeaderList() }, true),
    }))
    const answer = await exchange(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
    )
    expect(answer).toMatch(
      /^HTTP\/1.1 413 [ \w]+\r\ncontent-length: 0\r\nconnection: close\r\n\r\n$/,
    )
  })

  test.each([
    [400, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    [426, 'GET / HTTP/1.0\r\n\r\n'],
    [431, get('/', `X: ${'a'.repeat(70_000)}\r\n`)],
  ])('answers %i and closes', async (status, bytes) => {
    const port = await serve(echo)
    const answer = await exchange(port, bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain('\r\nconnection: close\r\n')
  })

  test('answers a broken body 400 unless the response has begun', async () => {
    const resets: ResetReason[] = []
    const port = await serve((sender) => ({
      ...ignore,
      onHead(head) {
        if (head.path === '/early')
          sender.sendHead({ status: 200, headers: new HeaderList() }, false)
      },
      onReset: (reason) => resets.push(reason),
    }))
    const post = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz`
    expect(await exchange(port, post('/late'))).toMatch(/^HTTP\/1.1 400 /)
    await exchange(port, post('/early')).catch(() => '')
    expect(resets).toEqual(['protocol-error', 'protocol-error'])
  })

  test('closes when a response is shorter than it said', async () => {
    const port = await serve((sender) => ({
      ...ignore,
      onHead() {
        sender.sendHead({ status: 200, headers: HeaderList.of({ 'content-length': '9' }) }, false)
        sender.sendData(Buffer.from('short'), true)
      },
    }))
    const answer = await exchange(port, get('/')).catch(() => 'reset')
    expect(answer).not.toContain('short')
  })

  test('serves HTTP/1.0 where that is accepted, without chunks', async () => {
    const port = await serve(echo, { acceptHttp10: true })
    expect(await exchange(port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')).toBe(
      'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nGET / ',
    )
  })

  test('closes after its last request', async () => {
    const port = await serve(echo, { maxRequests: 2 })
    const answer = await exchange(port, get('/1') + get('/2') + get('/3'))
    expect(answer.match(/200 OK/g)).toHaveLength(2)
    expect(answer).toContain('connection: close')
  })

  test('closes when idle, and answers 408 to a head that does not end', async () => {
    const clock = new ManualClock()
    const deadlines = new Deadlines(clock)
    const port = await serve(echo, {
      deadlines,
      idleTimeoutMs: 5000,
      requestHeadersTimeoutMs: 1000,
    })
    const answers = [exchange(port, get('/')), exchange(port, 'GET / HT')]
    for (let i = 0; i < 60; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      clock.advance(200)
    }
    const [idle, slow] = await Promise.all(answers)
    expect(idle).toContain('GET / ')
    expect(slow).toMatch(/^HTTP\/1.1 408 /)
  })

  test('tells the receiver when the client has gone', async () => {
    const gone = new Promise<ResetReason>((resolve) => {
      void serve(() => ({ ...ignore, onReset: resolve })).then((port) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.write(get('/'), () => socket.destroy())
        })
      })
    })
    expect(await gone).toBe('connection-termination')
  })
})

const ignore: MessageReceiver<RequestHead> = {
  onHead() {},
  onData() {},
  onTrailers() {},
  onReset() {},
  onWritable() {},
}

const connecting = {
  'a socket': (port: number) => connect(port, '127.0.0.1'),
  'no socket': (port: number) =>
    TcpConnection.connect({ host: '127.0.0.1', port }, { highWaterMark: 65_536 }),
}
let connectTo: (port: number) => OutgoingConnection = connecting['a socket']

/** A pool to `port`, and how many connections its breaker has let through and not got back. */
function poolTo(port: number, options: Partial<HttpPoolOptions> = {}) {
  const sockets: OutgoingConnection[] = []
  const held = { connections: 0, pending: 0 }
  const pool = createHttp1Pool({
    connect: () => {
      const socket = connectTo(port)
      sockets.push(socket)
      return socket
    },
    connectEvent: 'connect',
    connectTimeoutMs: 1000,
    idleTimeoutMs: 60_000,
    maxRequestsPerConnection: Number.POSITIVE_INFINITY,
    timers: defaultAmbient.timers,
    breaker: {
      admitConnection: () => {
        held.connections += 1
        return true
      },
      releaseConnection: () => {
        held.connections -= 1
      },
      admitPending: () => {
        held.pending += 1
        return true
      },
      releasePending: () => {
        held.pending -= 1
      },
      takeConnection: () => {
        held.connections += 1
      },
      admitRequest: () => true,
    },
    ...options,
  })
  cleanups.push(() => pool.close())
  return { pool, sockets, held }
}

interface Answer {
  status?: number
  interim: number[]
  headers?: Record<string, string>
  body: string
  trailers?: Record<string, string>
  reset?: ResetReason
  failure?: ResetReason
  reused?: boolean
}

function call(pool: HttpPool, head: Partial<RequestHead> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve) => {
    const answer: Answer = { interim: [], body: '' }
    const receiver: MessageReceiver<ResponseHead> = {
      onInterim: ({ status }) => answer.interim.push(status),
      onHead({ status, headers }, endStream) {
        answer.status = status
        answer.headers = Object.fromEntries(headers)
        if (endStream) resolve(answer)
      },
      onData(chunk, endStream) {
        answer.body += Buffer.from(chunk).toString('latin1')
        if (endStream) resolve(answer)
      },
      onTrailers(trailers) {
        answer.trailers = Object.fromEntries(trailers)
        resolve(answer)
      },
      onReset(reason) {
        answer.reset = reason
        resolve(answer)
      },
      onWritable() {},
    }
    pool.newStream(receiver, {
      onReady(sender, facts) {
        answer.reused = facts.reused
        const whole = {
          method: 'GET',
          path: '/',
          authority: 'a',
          scheme: 'http',
          version: '1.1' as const,
          headers: new HeaderList(),
          ...head,
        }
        sender.sendHead(whole, body === '')
        if (body !== '') sender.sendData(Buffer.from(body), true)
      },
      onFailure(reason) {
        answer.failure = reason
        resolve(answer)
      },
    })
  })
}

/** A server that answers every connection's first bytes with `text`, and then perhaps closes. */
function canned(text: string, end = false): Promise<number> {
  return listen(
    createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => (end ? socket.end(text, 'latin1') : socket.write(text, 'latin1')))
      cleanups.push(() => socket.destroy())
    }),
  )
}

function nodeServer(handler: RequestListener): Promise<number> {
  const server = createHttpServer(handler)
  cleanups.push(() => server.closeAllConnections())
  return listen(server)
}

describe.each(Object.entries(connecting))('a pool whose connections have %s', (_kind, connects) => {
  beforeAll(() => {
    connectTo = connects
  })

  test('calls a node:http server, and uses its connection again', async () => {
    const port = await nodeServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk
      })
      request.on('end', () => response.end(`${request.method} ${request.headers.host} ${body}`))
    })
    const { pool, sockets } = poolTo(port)
    expect(await call(pool)).toMatchObject({ status: 200, body: 'GET a ', reused: false })
    expect(await call(pool, { method: 'POST' }, 'x'.repeat(50_000))).toMatchObject({
      body: `POST a ${'x'.repeat(50_000)}`,
      reused: true,
    })
    expect(sockets).toHaveLength(1)
  })

  test('opens a connection for each request under way', async () => {
    const port = await nodeServer((_request, response) => setImmediate(() => response.end('ok')))
    const { pool, sockets, held } = poolTo(port)
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(pool)))
    expect(answers.every((it) => it.body === 'ok')).toBe(true)
    expect(sockets).toHaveLength(5)
    expect(held).toEqual({ connections: 5, pending: 0 })
  })

  test('waits for a connection where the breaker allows one only', async () => {
    const port = await nodeServer((_request, response) => setImmediate(() => response.end('ok')))
    let left = 1
    const { pool, sockets } = poolTo(port, {
      breaker: {
        admitConnection: () => left-- > 0,
        releaseConnection() {},
        takeConnection() {},
        admitPending: () => true,
        releasePending() {},
        admitRequest: () => true,
      },
    })
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(pool)))
    expect(answers.map((it) => it.body)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(sockets).toHaveLength(1)
  })

  test('passes interim responses, chunks and the end of the connection', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    const port = await canned(`${interim}HTTP/1.1 200 OK\r\n\r\nuntil the end`, true)
    const { pool } = poolTo(port)
    expect(await call(pool)).toMatchObject({ interim: [103], status: 200, body: 'until the end' })
    const chunked = await canned(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n',
    )
    expect(await call(poolTo(chunked).pool)).toMatchObject({ body: 'abc' })
  })

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD'],
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', 'GET'],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 'GET'],
  ])('expects no body with %s', async (_name, text, method) => {
    const { pool, sockets } = poolTo(await canned(text))
    expect(await call(pool, { method })).toMatchObject({ body: '' })
    expect(await call(pool, { method })).toMatchObject({ body: '', reused: true })
    expect(sockets).toHaveLength(1)
  })

  test.each([
    [
      'content-length beside chunked',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two content-lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na'],
    ['gzip as encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['switching protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a body in 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello'],
    ['endless interim responses', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(40)],
  ])('resets on %s', async (_name, text) => {
    expect(await call(poolTo(await canned(text)).pool)).toMatchObject({ reset: 'protocol-error' })
  })

  test('does not use a connection again on which more came than was asked for', async () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    const { pool, sockets } = poolTo(await canned(text + text))
    expect(await call(pool)).toMatchObject({ body: 'ok' })
    expect(await call(pool)).toMatchObject({ body: 'ok', reused: false })
    expect(sockets).toHaveLength(2)
  })

  test('does not use a connection again whose server says close', async () => {
    const { pool, sockets } = poolTo(
      await canned('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
    )
    await call(pool)
    await call(pool)
    expect(sockets).toHaveLength(2)
  })

  test('keeps to the requests a connection may carry', async () => {
    const { pool, sockets } = poolTo(await canned('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), {
      maxRequestsPerConnection: 2,
    })
    for (let i = 0; i < 4; i += 1) await call(pool)
    expect(sockets).toHaveLength(2)
  })

  test('tells of a server that closed a used connection before it answered', async () => {
    let requests = 0
    const port = await listen(
      createServer((socket) => {
        socket.on('error', () => {})
        socket.on('data', () => {
          requests += 1
          if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
          else socket.destroy()
        })
      }),
    )
    const { pool } = poolTo(port)
    await call(pool)
    expect(await call(pool)).toMatchObject({ reset: 'connection-termination', reused: true })
  })

  test('fails when nobody listens, and when nobody answers the call', async () => {
    const port = await listen(createServer())
    for (const run of cleanups.splice(0)) run()
    const refused = poolTo(port)
    expect(await call(refused.pool)).toEqual({
      interim: [],
      body: '',
      failure: 'connection-failure',
    })
    expect(refused.held).toEqual({ connections: 0, pending: 0 })

    const silent = await canned('')
    const clock = new ManualClock()
    const { pool, held } = poolTo(port, {
      connectEvent: 'secureConnect',
      connect: () => connect(silent, '127.0.0.1'),
      timers: clock,
    })
    const answer = call(pool)
    clock.advance(1200)
    expect(await answer).toMatchObject({ failure: 'connect-timeout' })
    expect(held).toEqual({ connections: 0, pending: 0 })
  })

  test('refuses what the breaker refuses, but for the only connection to a host', async () => {
    const port = await nodeServer((_request, response) => setImmediate(() => response.end('ok')))
    let taken = 0
    const breaker = {
      admitConnection: () => false,
      takeConnection: () => {
        taken += 1
      },
      releaseConnection() {},
      admitPending: () => true,
      releasePending() {},
      admitRequest: () => true,
    }
    const one = poolTo(port, { breaker })
    const answers = await Promise.all([call(one.pool), call(one.pool), call(one.pool)])
    expect(answers.map((it) => it.body)).toEqual(['ok', 'ok', 'ok'])
    expect([taken, one.sockets.length]).toEqual([1, 1])
    for (const refused of ['admitPending', 'admitRequest']) {
      const { pool } = poolTo(port, { breaker: { ...breaker, [refused]: () => false } })
      expect(await call(pool)).toMatchObject({ failure: 'overflow' })
    }
  })

  test('keeps a connection for the next request when this one is refused', async () => {
    const port = await nodeServer((_request, response) => setImmediate(() => response.end('ok')))
    let left = 1
    const breaker = {
      admitConnection: () => true,
      takeConnection() {},
      releaseConnection() {},
      admitPending: () => true,
      releasePending() {},
      admitRequest: () => left-- > 0,
    }
    const { pool, sockets } = poolTo(port, { breaker })
    expect(await call(pool)).toMatchObject({ body: 'ok' })
    expect(await call(pool)).toMatchObject({ failure: 'overflow' })
    left = 1
    expect(await call(pool)).toMatchObject({ body: 'ok', reused: true })
    expect(sockets).toHaveLength(1)
  })

  test('closes idle connections after their time', async () => {
    const clock = new ManualClock()
    const { pool, sockets } = poolTo(await canned('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), {
      timers: clock,
      idleTimeoutMs: 1000,
    })
    await call(pool)
    const closed = new Promise((resolve) => sockets[0]?.on('close', () => resolve(undefined)))
    clock.advance(1200)
    await closed
  })

  test('serves who still holds it when a connection that nobody waits for was being made as it drained', async () => {
    const port = await nodeServer((_request, response) => response.end('ok'))
    const { pool, held } = poolTo(port)
    expect(pool.preconnect(2)).toBe(true)
    pool.drain()
    expect(await call(pool)).toMatchObject({ body: 'ok', reused: false })
    await vi.waitFor(() => expect(held.connections).toBe(0))
  })

  test('lets requests finish when it drains, serves who still holds it, and keeps no connection', async () => {
    const port = await nodeServer((_request, response) => setImmediate(() => response.end('ok')))
    const { pool, held, sockets } = poolTo(port)
    await call(pool)
    const under = call(pool)
    pool.drain()
    expect(await call(pool)).toMatchObject({ body: 'ok', reused: false })
    expect(await under).toMatchObject({ body: 'ok', reused: true })
    await vi.waitFor(() => expect(held.connections).toBe(0))
    expect(sockets).toHaveLength(2)
    pool.close()
    expect(await call(pool)).toMatchObject({ failure: 'connection-failure' })
  })
})
