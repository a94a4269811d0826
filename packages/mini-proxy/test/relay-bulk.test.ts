import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { seededRandom } from '@meshwright/testkit'
import { afterEach, expect, test, vi } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { cluster, listener, tcpProxy } from './resources.ts'
import { serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Bytes that differ everywhere, and from those of any other seed. */
function noise(seed: number, size: number): Buffer {
  const random = seededRandom(seed)
  const bytes = Buffer.alloc(size)
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(random() * 0x1_0000_0000, at)
  return bytes
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function relaying(
  onSocket: (socket: Socket) => void,
): Promise<{ proxy: MeshProxy; port: number }> {
  const server = await serve(onSocket)
  const proxy = createProxy()
  closing.push(() => proxy.close(), server.close)
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('app')])],
      clusters: [cluster('app', [server.port])],
    }),
  )
  return { proxy, port: proxy.listeners.get('in')?.port ?? 0 }
}

/** Takes everything that comes, resting as often as `rests` says. */
function take(socket: Socket, rests: () => boolean): Promise<{ digest: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  socket.on('data', (chunk) => {
    hash.update(chunk)
    bytes += chunk.length
    if (!rests()) return
    socket.pause()
    setTimeout(() => socket.resume(), 2)
  })
  return new Promise((resolve) => {
    socket.once('end', () => resolve({ digest: hash.digest('hex'), bytes }))
  })
}

const size = 12_000_000
const flows = 6

test('bulk flows both ways at once to ends that take them slowly: every byte is there, and its own', async () => {
  const up = Array.from({ length: flows }, (_, i) => noise(100 + i, size))
  const down = Array.from({ length: flows }, (_, i) => noise(200 + i, size))
  const random = seededRandom(9)
  const rests = (): boolean => random() < 0.2
  const heard = new Map<number, Promise<{ digest: string }>>()
  const { proxy, port } = await relaying((socket) => {
    socket.once('data', (first) => {
      const flow = first[0] ?? 0
      socket.unshift(first.subarray(1))
      heard.set(flow, take(socket, rests))
      socket.end(down[flow] ?? '')
    })
  })

  const got = await Promise.all(
    up.map((bytes, flow) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      const taken = take(socket, rests)
      socket.write(Uint8Array.of(flow))
      socket.end(bytes)
      return taken
    }),
  )

  expect(got.map((it) => it.digest)).toEqual(down.map(digest))
  const arrived = await Promise.all(up.map((_, flow) => heard.get(flow)))
  expect(arrived.map((it) => it?.digest)).toEqual(up.map(digest))
  await vi.waitFor(() => expect(proxy.activeConnections).toBe(0))
}, 60_000)

test('a flow that is broken off in the middle of bulk leaves nothing behind, and the others whole', async () => {
  const bytes = noise(7, size)
  const { proxy, port } = await relaying((socket) => socket.end(bytes))
  const random = seededRandom(11)

  const outcomes = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      const socket = connect(port, '127.0.0.1')
      if (i % 2 === 0) return await take(socket, () => random() < 0.1)
      const after = random() * size
      await new Promise<void>((resolve) => {
        socket.on('data', () => {
          if (socket.bytesRead < after) return
          socket.resetAndDestroy()
          resolve()
        })
      })
      return undefined
    }),
  )

  const whole = outcomes.filter((it) => it !== undefined)
  expect(whole).toHaveLength(6)
  expect(new Set(whole.map((it) => it.digest))).toEqual(new Set([digest(bytes)]))
  await vi.waitFor(() => expect(proxy.activeConnections).toBe(0))
}, 60_000)
