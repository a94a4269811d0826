import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type ListenOptions, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { TLSSocket, connect as tlsConnect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { FastChannel } from './fast-channel.ts'
import { openChannel } from './open-channel.ts'
import { PortableChannel } from './portable-channel.ts'
import { sharedReadSlab } from './slabs.ts'
import { adoptSocket, createWriteRequest, hasFastSockets } from './socket-internals.ts'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})

const silent = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onClose: () => undefined,
  onWritable: () => undefined,
}

/** Both ends of a connection to a server that listens so. */
async function pairOf(listen: ListenOptions): Promise<{ client: Socket; accepted: Socket }> {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const server = createServer(resolve)
  await new Promise<void>((listening) => server.listen(listen, listening))
  const client = connect(
    listen.path === undefined
      ? { port: (server.address() as AddressInfo).port, host: '127.0.0.1' }
      : { path: listen.path },
  )
  const accepted = await promise
  for (const socket of [client, accepted]) socket.on('error', () => undefined)
  closing.push(() => {
    server.close()
    client.destroy()
    accepted.destroy()
  })
  return { client, accepted }
}

function pathOfSocket(): string {
  const folder = mkdtempSync(join(tmpdir(), 'channel-'))
  closing.push(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'socket')
}

test('what Node keeps to itself is found', () => {
  expect(hasFastSockets).toBe(true)
  expect(createWriteRequest().constructor.name).toBe('WriteWrap')
})

test.each([
  ['TCP', (): ListenOptions => ({ port: 0, host: '127.0.0.1' })],
  ['Unix', (): ListenOptions => ({ path: pathOfSocket() })],
])('a %s socket reads into the given memory, and the stream sees its end', async (_, listen) => {
  const { client, accepted } = await pairOf(listen())
  const slab = sharedReadSlab()
  const taken: string[] = []
  const ended = new Promise((resolve) => accepted.once('end', resolve))
  const adopted = adoptSocket(accepted, slab, (count, buffer) => {
    expect(buffer).toBe(slab)
    taken.push(buffer.toString('latin1', 0, count))
  })
  expect(adopted?.copiesWrites).toBe(false)
  client.end('hello')
  await ended
  expect(taken.join('')).toBe('hello')
  expect(accepted.readableLength).toBe(0)
})

test('a socket without a connection is left to the public API', () => {
  const socket = new Socket()
  closing.push(() => socket.destroy())
  expect(adoptSocket(socket, sharedReadSlab(), () => undefined)).toBeUndefined()
  expect(openChannel(socket, silent)).toBeInstanceOf(PortableChannel)
})

test('so is any other stream, and TLS over one: its reads may come from within a write', () => {
  const [stream] = duplexPair()
  expect(openChannel(stream as Duplex, silent)).toBeInstanceOf(PortableChannel)
  const [below] = duplexPair()
  const secure = tlsConnect({ socket: below as Duplex, rejectUnauthorized: false })
  secure.on('error', () => undefined)
  closing.push(() => secure.destroy())
  expect(openChannel(secure, silent)).toBeInstanceOf(PortableChannel)
})

test('TLS over a socket is fast, and keeps no memory of what it writes', async () => {
  const { accepted } = await pairOf({ port: 0, host: '127.0.0.1' })
  const pem = (name: string): Buffer =>
    readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url))
  const secure = new TLSSocket(accepted, {
    isServer: true,
    cert: pem('server'),
    key: pem('server-key'),
  })
  secure.on('error', () => undefined)
  closing.push(() => secure.destroy())
  expect(openChannel(secure, silent, 'fast')).toBeInstanceOf(FastChannel)
  expect(adoptSocket(secure, sharedReadSlab(), () => undefined)?.copiesWrites).toBe(true)
})

test('the public API is used where it is asked for', async () => {
  const { accepted } = await pairOf({ port: 0, host: '127.0.0.1' })
  expect(openChannel(accepted, silent, 'portable')).toBeInstanceOf(PortableChannel)
})
