import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { ChannelEvents } from './byte-channel.ts'
import { finishStream } from './finish-stream.ts'
import { HandleChannel } from './handle-channel.ts'
import { sharedReadSlab } from './slabs.ts'
import { type AdoptedSocket, adoptSocket, hasHandle } from './socket-internals.ts'
import { inTurn } from './turn.ts'

/**
 * A channel on the handle of a socket: reads go into a slab that all channels share, writes go out at once. The socket
 * itself stays in charge of the end, of errors and of closing.
 */
export class FastChannel extends HandleChannel {
  readonly #socket: Socket
  readonly #adopted: AdoptedSocket
  protected readonly events: ChannelEvents
  readonly #take = (chunk: Buffer): void => this.events.onBytes(chunk)

  private constructor(socket: Socket, adopted: AdoptedSocket, events: ChannelEvents) {
    super(adopted.handle, adopted.copiesWrites, socket.writableHighWaterMark)
    this.#socket = socket
    this.#adopted = adopted
    this.events = events
    let error: Error | undefined
    socket.on('end', () => events.onEnd())
    socket.on('error', (cause: Error) => {
      error = cause
    })
    socket.on('close', () => {
      this.forget()
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

  readInto(slab: Buffer): void {
    this.#adopted.readInto(slab)
  }

  destroy(): void {
    this.markClosed()
    this.#socket.destroy()
  }

  finish(): void {
    finishStream(this.#socket, () => this.end())
  }

  protected isGone(): boolean {
    return !hasHandle(this.#socket)
  }

  protected sendEnd(): void {
    this.#socket.end()
  }

  protected fail(errorNumber: number): void {
    this.markClosed()
    this.#socket.destroy(new Error(`write ${getSystemErrorName(errorNumber)}`))
  }

  /** What the stream has read already comes first, once the caller is ready for events. */
  #startReading(): void {
    const socket = this.#socket
    if (socket.readableLength > 0) {
      let ahead: Buffer | null = null
      process.nextTick(() => {
        if (ahead !== null && !this.isClosed) inTurn(this.#take, ahead)
      })
      ahead = socket.read()
    }
    if (this.handle.reading) return
    this.handle.reading = true
    this.handle.readStart()
  }
}
