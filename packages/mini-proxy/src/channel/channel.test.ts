import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as netConnect, type Socket } from 'node:net'
import { connect as tlsConnect, createServer as tlsServer } from 'node:tls'
import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import type { ByteChannel, ChannelEvents } from './byte-channel.ts'
import { type ChannelKind, openChannel } from './open-channel.ts'
import { sharedReadSlab } from './slabs.ts'
import { adoptSocket, createWriteRequest, hasFastSockets } from './socket-internals.ts'

const kinds: readonly ChannelKind[] = ['fast', 'portable']
const transports = ['plain', 'tls'] as const
type Transport = (typeof transports)[number]
type Open = (socket: Socket, events: ChannelEvents) => ByteChannel

const pem = (name: string): Buffer =>
  readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url))

test('this Node has what the fast path needs', () => {
  expect(hasFastSockets).toBe(true)
})

describe.each(kinds)('%s channel', (kind) => {
  const open: Open = (socket, events) => openChannel(socket, events, kind)

  test.each(transports)(
    'keeps every byte of downloads to slow readers apart (%s)',
    async (transport) => {
      const wrong = await downloads(open, transport, 6)
      expect(wrong).toEqual([0, 0, 0, 0, 0, 0])
    },
  )

  test.each(transports)('writes text and bytes in the order they come (%s)', async (transport) => {
    await using pair = await connected(transport)
    const channel = open(pair.accepted, silent)
    const random = seededRandom(7)
    const sent: Buffer[] = []
    let full = 0
    for (let i = 0; i < 400; i++) {
      const bytes = randomBytes(random, Math.floor(random() ** 4 * 200_000))
      const text = `<${i}>`
      const room = i % 3 === 0 ? channel.writeText(text) : channel.writeAround(text, bytes, text)
      if (!room) full++
      sent.push(
        i % 3 === 0
          ? Buffer.from(text)
          : Buffer.concat([Buffer.from(text), bytes, Buffer.from(text)]),
      )
      // The bytes are the caller's again.
      bytes.fill(0)
    }
    channel.end()
    expect((await readAll(pair.client)).equals(Buffer.concat(sent))).toBe(true)
    expect(full).toBeGreaterThan(0)
  })

  test.each(transports)(
    'tells when there is room again, and is not full then (%s)',
    async (transport) => {
      await using pair = await connected(transport)
      const { promise, resolve } = Promise.withResolvers<void>()
      const channel = open(pair.accepted, { ...silent, onWritable: resolve })
      const chunk = Buffer.alloc(100_000, 'a')
      let written = 0
      while (channel.writeAround('', chunk, '')) written += chunk.length
      expect(channel.full).toBe(true)
      expect(channel.queuedBytes).toBeGreaterThan(0)
      let received = 0
      pair.client.on('data', (it: Buffer) => {
        received += it.length
      })
      await promise
      expect(channel.full).toBe(false)
      expect(channel.queuedBytes).toBe(0)
      channel.end()
      await new Promise((done) => pair.client.once('end', done))
      expect(received).toBe(written + chunk.length)
    },
  )

  test('gives what was read before it was opened first', async () => {
    await using pair = await connected('plain')
    pair.client.write('second')
    pair.accepted.unshift(Buffer.from('first '))
    let text = ''
    const { promise, resolve } = Promise.withResolvers<void>()
    open(pair.accepted, {
      ...silent,
      onBytes: (chunk) => {
        text += chunk.toString()
        if (text.length >= 12) resolve()
      },
    })
    expect(text).toBe('')
    await promise
    expect(text).toBe('first second')
  })

  test('stops reading while paused', async () => {
    await using pair = await connected('plain')
    let received = 0
    const channel = open(pair.accepted, {
      ...silent,
      onBytes: (chunk) => {
        received += chunk.length
        channel.pause()
      },
    })
    const chunk = Buffer.alloc(1_000_000)
    for (let i = 0; i < 40; i++) pair.client.write(chunk)
    await until(() => received > 0)
    const before = received
    // The other side finds no room any more.
    await until(() => pair.client.writableLength > 0)
    expect(received).toBe(before)
    const { promise, resolve } = Promise.withResolvers<void>()
    pair.client.end(resolve)
    while (received < 40_000_000) {
      channel.resume()
      await turn()
    }
    await promise
    expect(received).toBe(40_000_000)
  })

  test.each(transports)(
    'tells the end of what the peer sends, and closes after its own (%s)',
    async (transport) => {
      await using pair = await connected(transport)
      const told: string[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const channel = open(pair.accepted, {
        onBytes: (chunk) => told.push(chunk.toString()),
        onEnd: () => {
          told.push('end')
          channel.writeText('bye')
          channel.end()
        },
        onWritable: () => undefined,
        onClose: (error) => {
          told.push(error === undefined ? 'closed' : error.message)
          resolve()
        },
      })
      pair.client.end('hello')
      expect((await readAll(pair.client)).toString()).toBe('bye')
      await promise
      expect(told).toEqual(['hello', 'end', 'closed'])
    },
  )

  test.each(transports)(
    'a peer that resets while a write is under way closes it (%s)',
    async (transport) => {
      await using pair = await connected(transport)
      const { promise, resolve } = Promise.withResolvers<void>()
      const channel = open(pair.accepted, { ...silent, onClose: () => resolve() })
      const chunk = Buffer.alloc(100_000)
      while (channel.writeAround('', chunk, '')) {}
      channel.writeText('more')
      pair.client.on('error', () => undefined)
      if (transport === 'plain') pair.client.resetAndDestroy()
      else pair.raw.resetAndDestroy()
      await promise
      expect(channel.writeText('too late')).toBe(true)
      expect(channel.queuedBytes).toBe(0)
    },
  )

  test('destroyed inside its own read, it tells nothing more', async () => {
    await using pair = await connected('plain')
    let reads = 0
    const { promise, resolve } = Promise.withResolvers<void>()
    const channel = open(pair.accepted, {
      ...silent,
      onBytes: () => {
        reads++
        channel.destroy()
        channel.writeText('x')
        channel.pause()
        channel.resume()
        channel.end()
      },
      onClose: () => resolve(),
    })
    pair.client.on('error', () => undefined)
    pair.client.write('a')
    await promise
    expect(reads).toBe(1)
  })
})

test('the check of downloads sees a slab that is written while others read into it', async () => {
  const wrong = await downloads(openCareless, 'plain', 6)
  expect(wrong.filter((it) => it > 0).length).toBeGreaterThan(0)
})

/** What must not be done: a write that lasts points into the slab that the next read goes to. */
const openCareless: Open = (socket, events) => {
  const adopted = adoptSocket(socket, sharedReadSlab(), (count, slab) =>
    events.onBytes(slab.subarray(0, count)),
  )
  if (adopted === undefined) throw new Error('the socket cannot be adopted')
  const { handle } = adopted
  let lasting = 0
  socket.on('close', () => events.onClose(undefined))
  socket.on('end', () => events.onEnd())
  let ending = false
  const write = (bytes: Uint8Array): boolean => {
    const request = createWriteRequest()
    request.oncomplete = () => {
      lasting--
      if (lasting > 0) return
      if (ending) socket.end()
      else events.onWritable()
    }
    handle.writeBuffer(request, bytes)
    if (handle.writeQueueSize === 0) return true
    lasting++
    return false
  }
  if (!handle.reading) handle.readStart()
  return {
    queuedBytes: 0,
    get full() {
      return lasting > 0
    },
    writeText: (text) => write(Buffer.from(text, 'latin1')),
    writeAround: (_before, bytes) => write(bytes),
    pause: () => void handle.readStop(),
    resume: () => void handle.readStart(),
    end: () => {
      ending = true
      if (lasting === 0) socket.end()
    },
    finish: () => socket.destroySoon(),
    destroy: () => void socket.destroy(),
  }
}

const downloadBytes = 12 * 1024 * 1024

/** Relays so many random bodies at once to readers that are slower than the sender; says at how many places each is wrong. */
async function downloads(open: Open, transport: Transport, flows: number): Promise<number[]> {
  const bodies = Array.from({ length: flows }, (_, i) =>
    randomBytes(seededRandom(i), downloadBytes),
  )
  return Promise.all(bodies.map((body, i) => download(open, transport, { body, seed: i })))
}

async function download(
  open: Open,
  transport: Transport,
  { body, seed }: { readonly body: Buffer; readonly seed: number },
): Promise<number> {
  await using source = await connected(transport)
  await using target = await connected(transport)
  const to = open(target.accepted, { ...silent, onWritable: () => from.resume() })
  const from: ByteChannel = open(source.accepted, {
    ...silent,
    onBytes: (chunk) => {
      if (!to.writeAround('', chunk, '')) from.pause()
    },
    onEnd: () => to.end(),
  })
  source.client.end(body)
  return await compareSlowly(target.client, body, seededRandom(seed + 100))
}

/** Reads until the end, with pauses, and counts the chunks that differ. */
function compareSlowly(socket: Socket, expected: Buffer, random: () => number): Promise<number> {
  let at = 0
  let wrong = 0
  const { promise, resolve } = Promise.withResolvers<number>()
  socket.on('data', (chunk: Buffer) => {
    if (!chunk.equals(expected.subarray(at, at + chunk.length))) wrong++
    at += chunk.length
    socket.pause()
    let left = Math.floor(random() * 4)
    const wait = (): unknown => (left-- > 0 ? setImmediate(wait) : socket.resume())
    wait()
  })
  socket.on('error', () => undefined)
  socket.once('close', () => resolve(wrong + (at === expected.length ? 0 : 1)))
  socket.once('end', () => socket.end())
  return promise
}

const silent: ChannelEvents = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onClose: () => undefined,
  onWritable: () => undefined,
}

interface Pair extends AsyncDisposable {
  readonly client: Socket
  /** The client's socket below TLS. */
  readonly raw: Socket
  readonly accepted: Socket
}

/** Two ends of one connection, as a listener and a client of Node give them. */
async function connected(transport: Transport): Promise<Pair> {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const server =
    transport === 'plain'
      ? createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: 65_536 }, resolve)
      : tlsServer({ cert: pem('server'), key: pem('server-key') }, (secure) => {
          secure.allowHalfOpen = true
          resolve(secure)
        })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const raw = netConnect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const client =
    transport === 'plain' ? raw : tlsConnect({ socket: raw, rejectUnauthorized: false })
  const accepted = await promise
  accepted.on('error', () => undefined)
  server.close()
  return {
    client,
    raw,
    accepted,
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      raw.destroy()
      accepted.destroy()
    },
  }
}

/** Words of an xorshift generator that is seeded from `random`: bytes by the megabyte. */
function randomBytes(random: () => number, length: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4))
  let word = Math.floor(random() * 0xffff_fffe) + 1
  for (let at = 0; at < words.length; at++) {
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
    words[at] = word
  }
  return Buffer.from(words.buffer, 0, length)
}

function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.once('end', () => {
    socket.end()
    resolve(Buffer.concat(chunks))
  })
  return promise
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}
