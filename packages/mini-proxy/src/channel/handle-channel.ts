import type { ByteChannel, ChannelEvents } from './byte-channel.ts'
import { giveSlab, takeSlab } from './slabs.ts'
import {
  createWriteRequest,
  isPending,
  type SocketHandle,
  type WriteRequest,
} from './socket-internals.ts'
import { inTurn } from './turn.ts'

/** Node writes strings up to here from its stack, without memory of their own. */
const maxTextBytes = 16 * 1024

const nothing = new Uint8Array(0)
/** Of a channel on which nothing waits. */
const emptyQueue: Buffer[] = []

/** For the next write of whatever channel: used again and again as long as writes are taken at once. */
let spareRequest: WriteRequest | undefined

const tellWritable = (events: ChannelEvents): void => events.onWritable()

/** Writing on a handle of Node: at once, and one write at a time; what comes meanwhile waits as a copy. */
export abstract class HandleChannel<Handle extends SocketHandle = SocketHandle>
  implements ByteChannel
{
  protected readonly handle: Handle
  readonly #copiesWrites: boolean
  readonly #highWaterMark: number
  #writing = false
  /** What the write under way points into. */
  #lent: Buffer | undefined
  /** Copies of what came while a write was under way. */
  #queue = emptyQueue
  #queueBytes = 0
  #full = false
  #paused = false
  #ending = false
  /** The handle is not to be touched any more. */
  #closed = false

  protected constructor(handle: Handle, copiesWrites: boolean, highWaterMark: number) {
    this.handle = handle
    this.#copiesWrites = copiesWrites
    this.#highWaterMark = highWaterMark
  }

  abstract readInto(slab: Buffer): void
  abstract destroy(): void
  abstract finish(): void

  protected abstract readonly events: ChannelEvents
  /** Whether the handle is gone without {@link markClosed} having been called. */
  protected abstract isGone(): boolean
  /** Everything is written, and nothing more will be. */
  protected abstract sendEnd(): void
  protected abstract fail(errorNumber: number): void

  get queuedBytes(): number {
    const inHandle = this.#writing && !this.#closed && !this.isGone()
    return this.#queueBytes + (inHandle ? this.handle.writeQueueSize : 0)
  }

  get full(): boolean {
    return this.#full
  }

  protected get isClosed(): boolean {
    return this.#closed
  }

  /** A write is under way. */
  protected get isWriting(): boolean {
    return this.#writing
  }

  protected get isPaused(): boolean {
    return this.#paused
  }

  writeText(text: string): boolean {
    if (!this.#takesMore) return true
    if (this.#writing) return this.#enqueue(Buffer.from(text, 'latin1'))
    if (this.#copiesWrites || text.length > maxTextBytes) return this.#join(text, nothing, '')
    const request = takeRequest()
    const error = this.handle.writeLatin1String(request, text)
    if (error === 0 && !isPending(request)) return true
    return this.#follow(error, request, undefined)
  }

  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    if (!this.#takesMore) return true
    if (!this.#writing) return this.#join(before, bytes, after)
    const copy = Buffer.allocUnsafeSlow(before.length + bytes.length + after.length)
    fill(copy, before, bytes, after)
    return this.#enqueue(copy)
  }

  writeLent(bytes: Buffer): boolean {
    if (!this.#takesMore) return true
    if (this.#writing || this.#copiesWrites) return this.writeAround('', bytes, '')
    const request = takeRequest()
    const error = this.handle.writeBuffer(request, bytes)
    if (error === 0 && !isPending(request)) return true
    this.#follow(error, request, undefined)
    // Whoever lent it may be gone before the write is done.
    request.buffer = bytes
    // Node holds on to the memory, and whoever lent it has to wait.
    this.#full ||= this.#writing
    return !this.#full
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    if (this.#closed || this.isGone()) return
    this.handle.reading = false
    this.handle.readStop()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#closed || this.isGone()) return
    this.handle.reading = true
    this.handle.readStart()
  }

  end(): void {
    if (this.#ending) return
    this.#ending = true
    if (!(this.#writing || this.#closed)) this.sendEnd()
  }

  protected markClosed(): void {
    this.#closed = true
  }

  /** Nothing of what waits will be written. */
  protected forget(): void {
    this.#closed = true
    this.#queue = emptyQueue
    this.#queueBytes = 0
  }

  get #takesMore(): boolean {
    return !(this.#closed || this.#ending || this.isGone())
  }

  /** Writes the parts from one slab. */
  #join(before: string, bytes: Uint8Array, after: string): boolean {
    const length = before.length + bytes.length + after.length
    const slab = takeSlab(length)
    fill(slab, before, bytes, after)
    const request = takeRequest()
    const error = this.handle.writeBuffer(request, slab.subarray(0, length))
    const lasts = error === 0 && isPending(request)
    const lent = lasts && !this.#copiesWrites
    if (!lent) giveSlab(slab)
    return error === 0 && !lasts ? true : this.#follow(error, request, lent ? slab : undefined)
  }

  /** A write that failed, or that lasts. */
  #follow(error: number, request: WriteRequest, lent: Buffer | undefined): boolean {
    // Node holds on to it until after it has called back.
    spareRequest = undefined
    if (error !== 0) {
      this.fail(error)
      return true
    }
    request.oncomplete = (status) => this.#onWritten(status)
    request.buffer = lent
    this.#lent = lent
    this.#writing = true
    this.#full ||= this.handle.writeQueueSize >= this.#highWaterMark
    return !this.#full
  }

  #enqueue(bytes: Buffer): boolean {
    if (this.#queue === emptyQueue) this.#queue = []
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
      this.fail(status)
      return
    }
    this.#flush()
    // What was queued may last, too, or have failed at once.
    if (this.#writing || this.#closed) return
    if (this.#ending) this.sendEnd()
    else if (this.#full) {
      this.#full = false
      inTurn(tellWritable, this.events)
    }
  }

  #flush(): void {
    if (this.#queue === emptyQueue || this.isGone()) return
    const [first = nothing, ...rest] = this.#queue
    this.#queue = emptyQueue
    this.#queueBytes = 0
    this.#join('', rest.length === 0 ? first : Buffer.concat([first, ...rest]), '')
  }
}

function takeRequest(): WriteRequest {
  spareRequest ??= createWriteRequest()
  return spareRequest
}

function fill(memory: Buffer, before: string, bytes: Uint8Array, after: string): void {
  if (before !== '') memory.write(before, 0, 'latin1')
  memory.set(bytes, before.length)
  if (after !== '') memory.write(after, before.length + bytes.length, 'latin1')
}
