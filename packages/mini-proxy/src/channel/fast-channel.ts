import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { ByteChannel, ChannelEvents } from './byte-channel.ts'
import { giveSlab, sharedReadSlab, takeSlab } from './slabs.ts'
import {
  type AdoptedSocket,
  adoptSocket,
  createWriteRequest,
  hasHandle,
  isPending,
  type SocketHandle,
  type WriteRequest,
} from './socket-internals.ts'
import { inTurn } from './turn.ts'

/** Node writes strings up to here from its stack, without memory of their own. */
const maxTextBytes = 16 * 1024

const nothing = new Uint8Array(0)

/**
 * A channel on the handle of a socket: reads go into a slab that all channels share, writes go out at once. The socket
 * itself stays in charge of the end, of errors and of closing.
 */
export class FastChannel implements ByteChannel {
  readonly #socket: Socket
  readonly #handle: SocketHandle
  readonly #adopted: AdoptedSocket
  readonly #copiesWrites: boolean
  readonly #events: ChannelEvents
  readonly #highWaterMark: number
  readonly #take = (chunk: Buffer): void => this.#events.onBytes(chunk)
  readonly #tell = (events: ChannelEvents): void => events.onWritable()
  /** Used again and again as long as writes are taken at once. */
  #request: WriteRequest = createWriteRequest()
  #writing = false
  /** What the write under way points into. */
  #lent: Buffer | undefined
  /** Copies of what came while a write was under way. */
  #queue: Buffer[] = []
  #queueBytes = 0
  #full = false
  #paused = false
  #ending = false
  #closed = false

  private constructor(socket: Socket, adopted: AdoptedSocket, events: ChannelEvents) {
    this.#socket = socket
    this.#handle = adopted.handle
    this.#adopted = adopted
    this.#copiesWrites = adopted.copiesWrites
    this.#events = events
    this.#highWaterMark = socket.writableHighWaterMark
    let error: Error | undefined
    socket.on('end', () => events.onEnd())
    socket.on('error', (cause: Error) => {
      error = cause
    })
    socket.on('close', () => {
      this.#closed = true
      this.#queue = []
      this.#queueBytes = 0
      events.onClose(error)
    })
    this.#startReading()
  }

  /** A channel on an established socket; undefined if its handle is of a kind that does not allow it. */
  static on(socket: Socket, events: ChannelEvents): FastChannel | undefined {
    let channel: FastChannel | undefined
    const adopted = adoptSocket(socket, sharedReadSlab(), (count, slab) => {
      if (channel !== undefined) inTurn(channel.#take, slab.subarray(0, count))
    })
    if (adopted !== undefined) channel = new FastChannel(socket, adopted, events)
    return channel
  }

  get queuedBytes(): number {
    return this.#queueBytes + (this.#writing && !this.#closed ? this.#handle.writeQueueSize : 0)
  }

  get full(): boolean {
    return this.#full
  }

  writeText(text: string): boolean {
    if (!this.#isOpen) return true
    if (this.#writing) return this.#enqueue(Buffer.from(text, 'latin1'))
    if (this.#copiesWrites || text.length > maxTextBytes) return this.#join(text, nothing, '')
    const error = this.#handle.writeLatin1String(this.#request, text)
    if (error === 0 && !isPending(this.#request)) return true
    return this.#follow(error, undefined)
  }

  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    if (!this.#isOpen) return true
    if (!this.#writing) return this.#join(before, bytes, after)
    const copy = Buffer.allocUnsafeSlow(before.length + bytes.length + after.length)
    fill(copy, before, bytes, after)
    return this.#enqueue(copy)
  }

  readInto(slab: Buffer): void {
    this.#adopted.readInto(slab)
  }

  writeLent(bytes: Buffer): boolean {
    if (!this.#isOpen) return true
    if (this.#writing || this.#copiesWrites) return this.writeAround('', bytes, '')
    const request = this.#request
    const error = this.#handle.writeBuffer(request, bytes)
    if (error === 0 && !isPending(this.#request)) return true
    this.#follow(error, undefined)
    // Whoever lent it may be gone before the write is done.
    request.buffer = bytes
    // Node holds on to the memory, and whoever lent it has to wait.
    this.#full ||= this.#writing
    return !this.#full
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    if (!hasHandle(this.#socket)) return
    this.#handle.reading = false
    this.#handle.readStop()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (!hasHandle(this.#socket)) return
    this.#handle.reading = true
    this.#handle.readStart()
  }

  end(): void {
    if (this.#ending) return
    this.#ending = true
    if (!this.#writing) this.#socket.end()
  }

  destroy(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  get #isOpen(): boolean {
    return !this.#closed && !this.#ending && hasHandle(this.#socket)
  }

  /** What the stream has read already comes first, once the caller is ready for events. */
  #startReading(): void {
    const socket = this.#socket
    if (socket.readableLength > 0) {
      let ahead: Buffer | null = null
      process.nextTick(() => {
        if (ahead !== null && !this.#closed) inTurn(this.#take, ahead)
      })
      ahead = socket.read()
    }
    if (this.#handle.reading) return
    this.#handle.reading = true
    this.#handle.readStart()
  }

  /** Writes the parts from one slab. */
  #join(before: string, bytes: Uint8Array, after: string): boolean {
    const length = before.length + bytes.length + after.length
    const slab = takeSlab(length)
    fill(slab, before, bytes, after)
    const error = this.#handle.writeBuffer(this.#request, slab.subarray(0, length))
    const lasts = error === 0 && isPending(this.#request)
    const lent = lasts && !this.#copiesWrites
    if (!lent) giveSlab(slab)
    return error === 0 && !lasts ? true : this.#follow(error, lent ? slab : undefined)
  }

  /** A write that failed, or that lasts. */
  #follow(error: number, lent: Buffer | undefined): boolean {
    if (error !== 0) {
      this.#fail(error)
      return true
    }
    const request = this.#request
    // Node holds on to it until after it has called back.
    this.#request = createWriteRequest()
    request.oncomplete = (status) => this.#onWritten(status)
    request.buffer = lent
    this.#lent = lent
    this.#writing = true
    this.#full ||= this.#handle.writeQueueSize >= this.#highWaterMark
    return !this.#full
  }

  #enqueue(bytes: Buffer): boolean {
    this.#queue.push(bytes)
    this.#queueBytes += bytes.length
    this.#full ||= this.queuedBytes >= this.#highWaterMark
    return !this.#full
  }

  #onWritten(status: number): void {
    this.#writing = false
    if (this.#lent !== undefined) giveSlab(this.#lent)
    this.#lent = undefined
    if (this.#closed) return
    if (status !== 0) {
      this.#fail(status)
      return
    }
    this.#flush()
    if (this.#writing) return
    if (this.#ending) this.#socket.end()
    else if (this.#full) {
      this.#full = false
      inTurn(this.#tell, this.#events)
    }
  }

  #flush(): void {
    if (this.#queue.length === 0 || !hasHandle(this.#socket)) return
    const [first = nothing, ...rest] = this.#queue
    this.#queue = []
    this.#queueBytes = 0
    this.#join('', rest.length === 0 ? first : Buffer.concat([first, ...rest]), '')
  }

  #fail(error: number): void {
    this.#closed = true
    this.#socket.destroy(new Error(`write ${getSystemErrorName(error)}`))
  }
}

function fill(memory: Buffer, before: string, bytes: Uint8Array, after: string): void {
  if (before !== '') memory.write(before, 0, 'latin1')
  memory.set(bytes, before.length)
  if (after !== '') memory.write(after, before.length + bytes.length, 'latin1')
}
