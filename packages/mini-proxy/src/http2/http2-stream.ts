import type { Expiring } from '../http/deadlines.ts'
import type { HeaderList } from '../http/header-list.ts'
import { HeldBytes } from '../http/held-bytes.ts'
import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import { SendQueue } from './send-queue.ts'
import type { TakesTurns } from './turn-queue.ts'

/** What a stream asks of its connection. */
export interface StreamPort {
  /** Nothing is told to the receiver once its message is whole: true upstream, where it is the response. */
  readonly endsWithReceipt: boolean
  writeHead(stream: Http2Stream, head: AnyHead, endStream: boolean): void
  writeTrailers(stream: Http2Stream, trailers: HeaderList): void
  /** Frames what the windows and the socket take now, from `start` on; returns where it stopped. The end is said with the last byte. */
  writeData(stream: Http2Stream, bytes: Uint8Array, start: number, endStream: boolean): number
  /** The stream has something to send, and cannot now. */
  waitToSend(stream: Http2Stream): void
  /** The end of the message is written. */
  onLocalEnd(stream: Http2Stream): void
  resetStream(stream: Http2Stream, reason: ResetReason): void
  /** Bytes that the peer sent are taken, and it may send as many again. */
  credit(stream: Http2Stream, flowBytes: number): void
  /** So many more bytes are queued, or fewer. */
  onQueued(bytes: number): void
  /** The end is queued and does not go: the peer has so long to take it. */
  flushDeadline(): number
  watchFlush(stream: Http2Stream, on: boolean): void
  onFlushTimeout(stream: Http2Stream): void
}

/** A head of either direction; which one it is, the side of the connection says. */
export type AnyHead = RequestHead | ResponseHead

/** Bytes that a stream queues before it asks whoever sends to wait. */
const queueBytes = 32 * 1024

/** One stream of a connection, either side: the sender of one message, and what is known of the other. */
export class Http2Stream implements MessageSender<AnyHead>, Expiring, TakesTurns {
  readonly id: number
  readonly #port: StreamPort
  receiver: MessageReceiver<AnyHead> | undefined
  /** Bytes that the peer takes. */
  sendWindow: number
  /** Bytes that the peer may send. */
  receiveWindow: number
  /** Bytes taken that the peer was not told of. */
  uncredited = 0
  /** Bytes of the body that are to come; -1: nobody knows. */
  bodyLeft = -1
  headReceived = false
  remoteEnded = false
  headSent = false
  localEnded = false
  /** No frame is sent or taken any more. */
  closed = false
  /** What the request asked the stream to become. */
  upgrade: string | undefined
  /** Upstream: what the client's side of an accepted WebSocket expects to read. */
  accept: string | undefined
  /** The request's. */
  method: string | undefined
  /** The upgrade was accepted: either direction ends on its own. */
  tunnel = false
  /** On the clock of deadlines. */
  readonly openedAt: number
  deadline: number = Number.POSITIVE_INFINITY
  turn = -1
  /** Nothing is told to the receiver any more. */
  #over = false
  #queue: SendQueue | undefined
  #queuedTrailers: HeaderList | undefined
  #endQueued = false
  #blocked = false
  #pauses = 0
  #held: HeldBytes | undefined
  #heldFlow = 0
  #heldEnd = false
  #heldTrailers: HeaderList | undefined

  constructor(id: number, port: StreamPort, windows: StreamWindows) {
    this.id = id
    this.#port = port
    this.sendWindow = windows.send
    this.receiveWindow = windows.receive
    this.openedAt = windows.openedAt
  }

  /** Bytes that wait to be sent. */
  get queuedBytes(): number {
    return this.#queue?.length ?? 0
  }

  /** Bytes that wait to be sent, or to be taken. */
  get heldBytes(): number {
    return this.queuedBytes + (this.#held?.length ?? 0)
  }

  sendInterim(head: AnyHead): void {
    if (!this.closed && !this.headSent) this.#port.writeHead(this, head, false)
  }

  sendHead(head: AnyHead, endStream: boolean): void {
    if (this.closed || this.headSent) return
    this.headSent = true
    this.#port.writeHead(this, head, endStream)
    if (endStream) this.#endLocal()
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.closed || !this.headSent || this.localEnded || this.#endQueued) return true
    const queue = this.#queue
    let at = 0
    if (queue === undefined || queue.length === 0) {
      at = this.#port.writeData(this, chunk, 0, endStream)
      if (at === chunk.length) {
        if (endStream) this.#endLocal()
        return true
      }
    }
    this.#enqueue(chunk, at, endStream)
    this.#blocked = this.queuedBytes > queueBytes
    return !this.#blocked
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.closed || !this.headSent || this.localEnded || this.#endQueued) return
    if (this.queuedBytes > 0) {
      this.#queuedTrailers = trailers
      this.#onEndQueued()
      return
    }
    this.#port.writeTrailers(this, trailers)
    this.#endLocal()
  }

  reset(reason: ResetReason): void {
    this.#over = true
    this.#dropHeld()
    if (!this.closed) this.#port.resetStream(this, reason)
  }

  pauseReading(): void {
    this.#pauses += 1
  }

  resumeReading(): void {
    this.#pauses -= 1
    if (this.#pauses === 0 && this.#holds) queueMicrotask(() => this.#deliver())
  }

  onDeadline(): void {
    this.#port.onFlushTimeout(this)
  }

  /** Sends one frame of what waits; false: nothing more can go now. */
  sendQueued(most: number): boolean {
    const queue = this.#queue
    if (queue === undefined || queue.length === 0) return false
    // Since it began to wait the peer may have taken back what it gave, and more (RFC 9113 6.9.2).
    if (this.sendWindow <= 0) return false
    const piece = queue.shift(Math.min(most, this.sendWindow))
    const last = queue.length === 0
    this.#port.onQueued(-piece.length)
    if (this.#endQueued) this.deadline = this.#port.flushDeadline()
    const ends = last && this.#endQueued && this.#queuedTrailers === undefined
    this.#port.writeData(this, piece, 0, ends)
    if (!last) return this.sendWindow > 0
    this.#onDrained()
    return false
  }

  /** Takes a piece of the body. */
  receiveData(chunk: Uint8Array, flowBytes: number, endStream: boolean): void {
    if (this.#pauses > 0 || this.#holds) {
      this.#held ??= new HeldBytes()
      this.#held.append(chunk)
      this.#heldFlow += flowBytes
      this.#heldEnd = endStream
      return
    }
    if (endStream) this.finishReceiving()
    this.receiver?.onData(chunk, endStream)
    this.#port.credit(this, flowBytes)
  }

  receiveTrailers(trailers: HeaderList): void {
    if (this.#pauses > 0 || this.#holds) {
      this.#heldTrailers = trailers
      return
    }
    this.finishReceiving()
    this.receiver?.onTrailers(trailers)
  }

  /** Tells the receiver that the rest will not come, unless all of it has. */
  abort(reason: ResetReason): void {
    // What has arrived whole is still told.
    if (this.#over || (this.#port.endsWithReceipt && this.remoteEnded && this.#holds)) return
    this.#over = true
    this.#dropHeld()
    this.receiver?.onReset(reason)
  }

  /** The message that is received is told to its end. */
  finishReceiving(): void {
    if (this.#port.endsWithReceipt && !this.tunnel) this.#over = true
  }

  /** The stream is closed: what waits to be sent is forgotten. */
  leave(): void {
    this.closed = true
    if (!this.#port.endsWithReceipt) this.#dropHeld()
    const waiting = this.queuedBytes
    if (waiting > 0) this.#port.onQueued(-waiting)
    this.#queue?.clear()
    if (this.#endQueued) this.#port.watchFlush(this, false)
  }

  get #holds(): boolean {
    return this.#held !== undefined || this.#heldTrailers !== undefined
  }

  #deliver(): void {
    if (this.#pauses > 0 || this.#over || !this.#holds) return
    const held = this.#held
    const flow = this.#heldFlow
    const trailers = this.#heldTrailers
    const end = this.#heldEnd
    this.#held = undefined
    this.#heldFlow = 0
    if (held !== undefined) {
      if (end) this.finishReceiving()
      this.receiver?.onData(held.bytes, end)
      this.#port.credit(this, flow)
    }
    if (trailers === undefined || this.#over || this.#pauses > 0) return
    this.#heldTrailers = undefined
    this.finishReceiving()
    this.receiver?.onTrailers(trailers)
  }

  #dropHeld(): void {
    const flow = this.#heldFlow
    this.#held = undefined
    this.#heldTrailers = undefined
    this.#heldFlow = 0
    if (flow > 0) this.#port.credit(this, flow)
  }

  #enqueue(chunk: Uint8Array, at: number, endStream: boolean): void {
    this.#queue ??= new SendQueue()
    this.#queue.push(chunk, at)
    this.#port.onQueued(chunk.length - at)
    if (endStream) this.#onEndQueued()
    this.#port.waitToSend(this)
  }

  #onEndQueued(): void {
    this.#endQueued = true
    this.deadline = this.#port.flushDeadline()
    this.#port.watchFlush(this, true)
  }

  #onDrained(): void {
    if (this.#endQueued) {
      this.#port.watchFlush(this, false)
      if (this.#queuedTrailers !== undefined) this.#port.writeTrailers(this, this.#queuedTrailers)
      this.#endLocal()
    } else if (this.#blocked) {
      this.#blocked = false
      this.receiver?.onWritable()
    }
  }

  #endLocal(): void {
    this.localEnded = true
    this.#port.onLocalEnd(this)
  }
}

/** Where the windows of a stream begin. */
export interface StreamWindows {
  readonly send: number
  readonly receive: number
  readonly openedAt: number
}
