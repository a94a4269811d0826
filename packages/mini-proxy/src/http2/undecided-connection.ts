import type { Duplex } from 'node:stream'
import type { Deadlines, Expiring } from '../http/deadlines.ts'
import type { IdleConnections } from '../network/network-filter.ts'
import { clientPreface } from './frame-format.ts'

/** A client connection of any version. */
export interface ServerConnection {
  drain(idle: IdleConnections): void
  destroy(): void
}

/** What becomes of a connection that has not said yet what it speaks. */
export interface UndecidedOptions {
  readonly deadlines: Deadlines
  /** Without a byte for so long the connection is closed. */
  readonly idleTimeoutMs: number
  /** Goes on with the connection, whose first bytes are put back. */
  open(version: 1 | 2): ServerConnection
  /** The connection closed before. */
  onClose(): void
}

const preface = Buffer.from(clientPreface, 'latin1')

/** A connection whose first bytes tell whether it speaks HTTP/2, by its preface, or HTTP/1. */
export class UndecidedConnection implements Expiring, ServerConnection {
  readonly #socket: Duplex
  readonly #options: UndecidedOptions
  deadline: number
  #bytes: Buffer = Buffer.alloc(0)
  #inner: ServerConnection | undefined
  #draining: IdleConnections | undefined
  readonly #onReadable = (): void => this.#read()
  readonly #onClose = (): void => this.#end()

  constructor(socket: Duplex, options: UndecidedOptions) {
    this.#socket = socket
    this.#options = options
    this.deadline = options.deadlines.after(options.idleTimeoutMs)
    options.deadlines.add(this)
    socket.on('readable', this.#onReadable)
    socket.once('end', this.#onClose)
    socket.once('close', this.#onClose)
  }

  drain(idle: IdleConnections): void {
    this.#draining = idle
    if (this.#inner !== undefined) this.#inner.drain(idle)
    else if (idle === 'close') this.destroy()
  }

  destroy(): void {
    if (this.#inner === undefined) this.#socket.destroy()
    else this.#inner.destroy()
  }

  onDeadline(): void {
    this.#socket.destroy()
  }

  #read(): void {
    const chunk: Buffer | null = this.#socket.read()
    if (chunk === null) return
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const length = Math.min(this.#bytes.length, preface.length)
    const alike = this.#bytes.compare(preface, 0, length, 0, length) === 0
    if (!alike) this.#decide(1)
    else if (length === preface.length) this.#decide(2)
  }

  #decide(version: 1 | 2): void {
    this.#release()
    this.#socket.unshift(this.#bytes)
    // Taking the last 'readable' listener off frees the stream's flow on the next tick only.
    process.nextTick(() => {
      this.#inner = this.#options.open(version)
      if (this.#draining !== undefined) this.#inner.drain(this.#draining)
    })
  }

  #end(): void {
    this.#release()
    this.#socket.destroy()
    this.#options.onClose()
  }

  #release(): void {
    this.#socket.off('readable', this.#onReadable)
    this.#socket.off('end', this.#onClose)
    this.#socket.off('close', this.#onClose)
    this.#options.deadlines.remove(this)
  }
}
