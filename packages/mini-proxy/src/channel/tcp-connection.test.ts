import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { seededRandom } from '@meshwright/testkit'
import { afterEach, expect, test } from 'vitest'
import type { ChannelEvents } from './byte-channel.ts'
import { TcpConnection } from './tcp-connection.ts'
import { hasTcpHandles, offerAccepted } from './tcp-internals.ts'

const closing: (() => void)[] = []
const options = { highWaterMark: 65_536 }

afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})

/** A server whose connections have no sockets. */
async function listening(
  onConnection: (connection: TcpConnection) => void,
): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  offerAccepted(server, (handle) => {
    onConnection(TcpConnection.accepted(handle, options))
    return true
  })
  closing.push(() => server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

/** Both ends of a connection; that of the client is a socket. */
async function pairOf(): Promise<{ client: Socket; accepted: TcpConnection }> {
  const { promise, resolve } = Promise.withResolvers<TcpConnection>()
  const { port } = await listening(resolve)
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => undefined)
  const accepted = await promise
  closing.push(() => {
    client.destroy()
    accepted.destroy()
  })
  return { client, accepted }
}

interface Heard extends ChannelEvents {
  readonly bytes: Buffer[]
  readonly ended: Promise<void>
  readonly closed: Promise<Error | undefined>
}

function hearing(): Heard {
  const bytes: Buffer[] = []
  const ended = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<Error | undefined>()
  return {
    bytes,
    ended: ended.promise,
    closed: closed.promise,
    onBytes: (chunk) => void bytes.push(Buffer.from(chunk)),
    onEnd: () => ended.resolve(),
    onClose: (error) => closed.resolve(error),
    onWritable: () => undefined,
  }
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

test('this Node has what connections without sockets need', () => {
  expect(hasTcpHandles).toBe(true)
})

test('to look for it warns of nothing', async () => {
  const program = `
    const { hasTcpHandles } = await import(${JSON.stringify(new URL('tcp-internals.ts', import.meta.url).href)})
    console.log(hasTcpHandles)`
  const flags = ['--pending-deprecation', '--throw-deprecation', '--input-type=module']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '-e', program])
  expect(stdout).toBe('true\n')
  expect(stderr).not.toMatch(/deprecat/i)
})

test('a connection that is not taken becomes a socket', async () => {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const server = createServer(resolve)
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens))
  let offered = 0
  offerAccepted(server, () => {
    offered++
    return false
  })
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const accepted = await promise
  closing.push(() => {
    server.close()
    client.destroy()
    accepted.destroy()
  })

  client.end('hello')

  expect((await readAll(accepted)).toString()).toBe('hello')
  expect(offered).toBe(1)
})

test('says once that the peer has ended, also if it is asked to read on', async () => {
  const { client, accepted } = await pairOf()
  let ends = 0
  const heard = hearing()
  const ended = Promise.withResolvers<void>()
  const channel = accepted.attach({
    ...heard,
    onEnd: () => {
      ends += 1
      ended.resolve()
    },
  })
  client.end('all')
  await ended.promise
  channel.pause()
  channel.resume()
  channel.writeText('answer')
  expect((await once(client, 'data'))[0].toString()).toBe('answer')
  channel.end()
  await heard.closed

  expect(ends).toBe(1)
  expect(Buffer.concat(heard.bytes).toString()).toBe('all')
})

test('says what it hears, and who speaks', async () => {
  const { client, accepted } = await pairOf()
  const heard = hearing()
  accepted.attach(heard)
  client.write('one')
  await expect.poll(() => Buffer.concat(heard.bytes).toString()).toBe('one')

  expect(accepted.remoteAddress).toBe('127.0.0.1')
  expect(accepted.remotePort).toBe(client.localPort)
  expect(accepted.localPort).toBe(client.remotePort)
  expect(accepted.bytesRead).toBe(3)
  client.destroy()
  await heard.ended
  accepted.end()
  expect(await heard.closed).toBeUndefined()
  expect(accepted.destroyed).toBe(true)
  expect(accepted.remotePort).toBeGreaterThan(0)
  expect(accepted.bytesRead).toBe(3)
})

test('what a reader does not take in time waits, in order, and is whole', async () => {
  const { client, accepted } = await pairOf()
  const channel = accepted.attach(hearing())
  const random = seededRandom(11)
  const sent = [Buffer.alloc(20_000_000, 'x')]
  channel.writeAround('', Buffer.alloc(20_000_000, 'x'), '')
  expect(channel.full).toBe(true)
  for (let i = 0; i < 300; i++) {
    const bytes = randomBytes(Math.floor(random() * 3000))
    sent.push(Buffer.from(`<${i}`), Buffer.from(bytes), Buffer.from('>'), Buffer.from(`(${i})`))
    channel.writeAround(`<${i}`, bytes, '>')
    channel.writeText(`(${i})`)
    // The bytes are the caller's again.
    bytes.fill(0)
  }
  expect(channel.queuedBytes).toBeGreaterThan(1000)
  channel.end()
  const got = await readAll(client)

  expect(createHash('sha256').update(got).digest('hex')).toBe(
    createHash('sha256').update(Buffer.concat(sent)).digest('hex'),
  )
  client.end()
})

test('each side may end before the other', async () => {
  const first = await pairOf()
  const heard = hearing()
  const channel = first.accepted.attach(heard)
  first.client.end('question')
  await heard.ended
  channel.writeText('answer')
  channel.end()
  expect((await readAll(first.client)).toString()).toBe('answer')
  expect(Buffer.concat(heard.bytes).toString()).toBe('question')
  expect(await heard.closed).toBeUndefined()

  const second = await pairOf()
  const late = hearing()
  second.accepted.attach(late).writeText('hello')
  second.accepted.end()
  expect((await readAll(second.client)).toString()).toBe('hello')
  second.client.end('still here')
  await late.ended
  expect(Buffer.concat(late.bytes).toString()).toBe('still here')
  expect(await late.closed).toBeUndefined()
})

test('to finish sends what waits and closes, whatever the peer has still to say', async () => {
  const { client, accepted } = await pairOf()
  const heard = hearing()
  const channel = accepted.attach(heard)
  channel.writeAround('', Buffer.alloc(5_000_000, 'y'), '')
  channel.finish()
  expect((await readAll(client)).length).toBe(5_000_000)
  expect(await heard.closed).toBeUndefined()
})

test('a peer that resets is an error, one that goes while nobody looks is found out', async () => {
  const { client, accepted } = await pairOf()
  const heard = hearing()
  const errors: Error[] = []
  accepted.on('error', (error) => errors.push(error))
  accepted.attach(heard)
  client.resetAndDestroy()
  const error = await heard.closed
  expect(error).toMatchObject({ code: 'ECONNRESET' })
  expect(errors).toEqual([error])

  const other = await pairOf()
  other.client.resetAndDestroy()
  const late = hearing()
  other.accepted.attach(late)
  expect(await late.closed).toMatchObject({ code: 'ECONNRESET' })
})

test('connects, and says what it could not', async () => {
  const answered = hearing()
  const { server, port } = await listening((connection) => {
    connection.attach({
      ...hearing(),
      onBytes: (chunk) => void connection.writeAround('', chunk, ''),
    })
    connection.on('close', () => undefined)
    closing.push(() => connection.destroy())
  })
  const connection = TcpConnection.connect({ host: '127.0.0.1', port }, options)
  await new Promise<void>((resolve) => connection.once('connect', () => resolve()))
  connection.attach(answered)
  connection.writeText('ping')
  await expect.poll(() => Buffer.concat(answered.bytes).toString()).toBe('ping')
  expect(connection.bytesWritten).toBe(4)
  connection.destroy()
  await answered.closed
  await new Promise<void>((resolve) => server.close(() => resolve()))

  for (const [host, code] of [
    ['127.0.0.1', 'ECONNREFUSED'],
    ['255.255.255.255', /EACCES|ENETUNREACH|EINVAL|EPERM/],
  ] as const) {
    const order: string[] = []
    const refused = TcpConnection.connect({ host, port }, options)
    refused.on('connect', () => order.push('connect'))
    const failed = new Promise<Error>((resolve) => refused.on('error', resolve))
    refused.on('error', () => order.push('error'))
    const gone = new Promise<void>((resolve) => refused.on('close', () => resolve()))
    refused.on('close', () => order.push('close'))
    expect(order).toEqual([])
    const error = (await failed) as Error & { code: string }
    await gone
    expect(error.code).toMatch(code)
    expect(error.message).toContain('connect')
    expect(order).toEqual(['error', 'close'])
  }
})

test('whoever takes its bytes before it is connected gets all of them', async () => {
  const { port } = await listening((connection) => {
    connection.attach(hearing())
    connection.writeText('hello')
    connection.end()
  })
  for (const pauses of [false, true]) {
    const heard = hearing()
    const connection = TcpConnection.connect({ host: '127.0.0.1', port }, options)
    const connected = new Promise<void>((resolve) => connection.on('connect', () => resolve()))
    const channel = connection.attach(heard)
    if (pauses) channel.pause()
    await connected
    if (pauses) channel.resume()
    await heard.ended
    expect(Buffer.concat(heard.bytes).toString()).toBe('hello')
    channel.end()
    expect(await heard.closed).toBeUndefined()
  }
})

test('one that is given up while it connects only closes', async () => {
  const { port } = await listening((connection) => void connection.destroy())
  const order: string[] = []
  const connection = TcpConnection.connect({ host: '127.0.0.1', port }, options)
  connection.on('connect', () => order.push('connect'))
  connection.on('error', () => order.push('error'))
  connection.destroy()
  await new Promise<void>((resolve) => connection.on('close', () => resolve()))
  expect(order).toEqual([])
})

test('once it is closed, and while it closes, nothing that is asked of it does anything', async () => {
  const { accepted } = await pairOf()
  const heard = hearing()
  const channel = accepted.attach(heard)
  channel.writeAround('', Buffer.alloc(30_000_000), '')
  const askAll = (): void => {
    expect(channel.writeText('x')).toBe(true)
    expect(channel.writeAround('a', Buffer.from('b'), 'c')).toBe(true)
    expect(channel.writeLent?.(Buffer.from('b'))).toBe(true)
    expect(channel.queuedBytes).toBe(0)
    channel.pause()
    channel.resume()
    channel.readInto?.(Buffer.alloc(10))
    channel.end()
    channel.finish()
    channel.destroy()
    accepted.attach(heard)
    expect(accepted.bytesRead).toBe(0)
    expect(accepted.localPort).toBeUndefined()
  }
  accepted.destroy()
  askAll()
  await heard.closed
  askAll()
})

test('listeners are called in their order, those taken off not at all', async () => {
  const { accepted } = await pairOf()
  const order: number[] = []
  const second = (): number => order.push(2)
  accepted.on('close', () => order.push(1))
  accepted.on('close', second)
  accepted.off('close', () => undefined)
  accepted.on('close', () => order.push(3))
  accepted.off('close', second)
  const closed = new Promise<void>((resolve) => accepted.on('close', () => resolve()))
  accepted.destroy()
  expect(order).toEqual([])
  await closed
  expect(order).toEqual([1, 3])
})

test('whatever is asked at whatever moment, every connection closes and the process lives', async () => {
  const random = seededRandom(2_026)
  const closed: Promise<unknown>[] = []
  let asked = 0
  const askSomething = (connection: TcpConnection): void => {
    asked++
    const size = Math.floor(random() ** 3 * 400_000)
    const all: (() => unknown)[] = [
      () => connection.writeText('t'.repeat(size)),
      () => connection.writeAround('<', Buffer.alloc(size), '>'),
      () => connection.writeLent(Buffer.alloc(size + 1)),
      () => connection.readInto(Buffer.allocUnsafeSlow(size + 1)),
      () => connection.pause(),
      () => connection.resume(),
      () => connection.resume(),
      () => random() < 0.2 && connection.end(),
      () => random() < 0.1 && connection.finish(),
      () => random() < 0.05 && connection.destroy(),
    ]
    for (let i = 0; i < 3; i++) all[Math.floor(random() * all.length)]?.()
  }
  const live = (connection: TcpConnection): void => {
    const heard = hearing()
    closed.push(heard.closed)
    const events: ChannelEvents = {
      onBytes: () => askSomething(connection),
      onEnd: () => askSomething(connection),
      onWritable: () => askSomething(connection),
      onClose: (error) => {
        askSomething(connection)
        heard.onClose(error)
      },
    }
    connection.attach(events)
    askSomething(connection)
    setTimeout(() => connection.resume(), random() * 30)
    setTimeout(() => connection.destroy(), 50 + random() * 300)
  }
  const { port } = await listening(live)
  for (let i = 0; i < 300; i++) {
    const connection = TcpConnection.connect({ host: '127.0.0.1', port }, options)
    if (random() < 0.1) {
      closed.push(new Promise<void>((resolve) => connection.on('close', () => resolve())))
      connection.destroy()
    } else if (random() < 0.5) live(connection)
    else connection.once('connect', () => live(connection))
  }
  await expect.poll(() => closed.length, { timeout: 20_000 }).toBeGreaterThan(500)
  await Promise.all(closed)
  expect(asked).toBeGreaterThan(1000)
}, 60_000)

/** Serves echoes until told to stop, with few descriptors; prints its port. */
const echoes = `
  const { createServer } = await import('node:net')
  const { TcpConnection } = await import(${JSON.stringify(new URL('tcp-connection.ts', import.meta.url).href)})
  const { offerAccepted } = await import(${JSON.stringify(new URL('tcp-internals.ts', import.meta.url).href)})
  const server = createServer()
  server.listen(0, '127.0.0.1', () => {
    server.on('error', () => undefined)
    offerAccepted(server, (handle) => {
      const connection = TcpConnection.accepted(handle, { highWaterMark: 65536 })
      connection.attach({
        onBytes: (chunk) => void connection.writeAround('', chunk, ''),
        onEnd: () => connection.end(), onClose: () => undefined, onWritable: () => undefined,
      })
      return true
    })
    console.log(server.address().port)
  })`

test('out of descriptors it goes on, and serves again once there are some', async () => {
  const script = `ulimit -n 60 && exec "$0" --input-type=module -e "$1"`
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const child = spawn('sh', ['-c', script, process.execPath, echoes], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  closing.push(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  const ask = (): { socket: Socket; answered: Promise<boolean> } => {
    const socket = connect(port, '127.0.0.1', () => socket.write('x'))
    socket.on('error', () => undefined)
    const answered = new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true))
      socket.once('close', () => resolve(false))
    })
    return { socket, answered }
  }
  const many = Array.from({ length: 100 }, ask)
  const answers = await Promise.all(many.map((it) => it.answered))
  expect(answers.filter(Boolean).length).toBeGreaterThan(10)
  expect(answers.filter((it) => !it).length).toBeGreaterThan(10)

  const gone = many.map(({ socket }) => socket.destroyed || once(socket, 'close'))
  for (const { socket } of many) socket.destroy()
  await Promise.all(gone)
  await expect
    .poll(
      async () => {
        const { socket, answered } = ask()
        const served = await answered
        socket.destroy()
        return served
      },
      { timeout: 10_000 },
    )
    .toBe(true)
  expect(child.exitCode).toBeNull()
}, 60_000)
