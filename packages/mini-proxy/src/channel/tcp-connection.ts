import { isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { OutgoingConnection } from '../network/connection.ts'
import { hostPort } from '../network/ip-address.ts'
import type { ByteChannel, ChannelEvents } from './byte-channel.ts'
import { HandleChannel } from './handle-channel.ts'
import type { ChannelSource } from './open-channel.ts'
import { sharedReadSlab } from './slabs.ts'
import {
  type ConnectRequest,
  createConnectRequest,
  createEndRequest,
  createTcpHandle,
  type EndRequest,
  type HandleReader,
  readInto,
  type SocketName,
  type TcpHandle,
} from './tcp-internals.ts'
import { inTurn } from './turn.ts'

export interface TcpConnectionOptions {
  /** More waiting to be written than this is too much. */
  readonly highWaterMark: number
}

type EventName = 'connect' | 'secureConnect' | 'error' | 'close'
type Listener = (error: Error) => void

/** Of a connection whose bytes nobody takes yet. */
const nobody: ChannelEvents = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onClose: () => undefined,
  onWritable: () => undefined,
}

// One function for all connections: a handle calls it with itself, and none has closures of its own.
let passOn: (connection: TcpConnection) => void
let onEndSent: (this: EndRequest) => void
let onConnected: (this: ConnectRequest, status: number) => void
let onClosed: (this: TcpHandle) => void

/**
 * A TCP connection without a socket around its handle, which costs a third of one with. Nothing is read before `attach`,
 * which may come before it is connected.
 * Half-open like all connections here: it closes by itself once both sides have said all.
 */
export class TcpConnection
  extends HandleChannel<TcpHandle>
  implements OutgoingConnection, ChannelSource, HandleReader
{
  protected events: ChannelEvents = nobody
  bytesTold = 0
  #listeners: (EventName | Listener)[] = []
  /** Where reads go; and where they go from the next one on. */
  #slab: Buffer = sharedReadSlab()
  #nextSlab: Buffer | undefined
  #count = 0
  #connecting = false
  #readEnded = false
  #writeEnded = false
  #closesOnceWritten = false
  #error: Error | undefined
  #bytes: { readonly read: number; readonly written: number } | undefined
  #known: Names | undefined

  private constructor(handle: TcpHandle, { highWaterMark }: TcpConnectionOptions) {
    super(handle, false, highWaterMark)
    handle.setNoDelay(true)
  }

  /** On a handle just accepted. */
  static accepted(handle: TcpHandle, options: TcpConnectionOptions): TcpConnection {
    return new TcpConnection(handle, options)
  }

  /** To an IP address. Emits `connect`, or `error` and `close`; never from inside. */
  static connect(
    { host, port }: { readonly host: string; readonly port: number },
    options: TcpConnectionOptions,
  ): TcpConnection {
    const handle = createTcpHandle()
    const connection = new TcpConnection(handle, options)
    connection.#connecting = true
    const request = createConnectRequest()
    request.of = connection
    request.to = hostPort(host, port)
    request.oncomplete = onConnected
    const error = isIPv6(host)
      ? handle.connect6(request, host, port)
      : handle.connect(request, host, port)
    if (error !== 0) connection.#destroy(systemError('connect', error, request.to))
    return connection
  }

  get destroyed(): boolean {
    return this.isClosed
  }

  get remoteAddress(): string | undefined {
    return this.#names.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#names.remotePort
  }

  get localAddress(): string | undefined {
    return this.#names.localAddress
  }

  get localPort(): number | undefined {
    return this.#names.localPort
  }

  get bytesRead(): number {
    return this.#bytes?.read ?? this.handle.bytesRead
  }

  get bytesWritten(): number {
    return this.#bytes?.written ?? this.handle.bytesWritten
  }

  on(event: EventName, listener: Listener): this {
    this.#listeners.push(event, listener)
    return this
  }

  /** Everything happens once. */
  once(event: EventName, listener: Listener): this {
    return this.on(event, listener)
  }

  off(event: EventName, listener: Listener): this {
    const all = this.#listeners
    const at = all.findIndex((it, i) => it === listener && all[i - 1] === event)
    if (at > 0) all.splice(at - 1, 2)
    return this
  }

  /** Its bytes go to `events` from now on. */
  attach(events: ChannelEvents): ByteChannel {
    this.events = events
    if (this.isClosed) return this
    readInto(this.handle, this, this.#slab)
    if (!(this.isPaused || this.#connecting)) this.handle.readStart()
    return this
  }

  readInto(slab: Buffer): void {
    this.#nextSlab = slab
  }

  destroy(): this {
    this.#destroy(undefined)
    return this
  }

  finish(): void {
    if (this.isClosed) return
    this.#closesOnceWritten = true
    if (this.#writeEnded) this.destroy()
    else this.end()
  }

  onRead(count: number): Buffer | undefined {
    this.#count = count
    inTurn(passOn, this)
    const next = this.#nextSlab
    if (next === undefined) return undefined
    this.#nextSlab = undefined
    this.#slab = next
    return next
  }

  onReadEnd(error: Error | undefined): void {
    if (this.isClosed) return
    if (error !== undefined) {
      this.#destroy(error)
      return
    }
    // Asked to read on, the system says the end again.
    if (this.#readEnded) return
    this.#readEnded = true
    this.events.onEnd()
    if (this.#writeEnded) this.destroy()
  }

  protected isGone(): boolean {
    return false
  }

  protected sendEnd(): void {
    // To close says the end, too, if there is nothing left to hear.
    if (this.#readEnded || this.#closesOnceWritten) {
      this.destroy()
      return
    }
    const request = createEndRequest()
    request.of = this
    request.oncomplete = onEndSent
    if (this.handle.shutdown(request) !== 0) this.#onEndSent()
  }

  protected fail(errorNumber: number): void {
    this.#destroy(systemError('write', errorNumber))
  }

  static {
    passOn = (connection) => {
      connection.events.onBytes(connection.#slab.subarray(0, connection.#count))
    }
    onEndSent = function (this: EndRequest) {
      const connection = this.of as TcpConnection
      if (!connection.isClosed) connection.#onEndSent()
    }
    onConnected = function (this: ConnectRequest, status: number) {
      const connection = this.of as TcpConnection
      if (connection.isClosed) return
      if (status === 0) connection.#onConnected()
      else connection.#destroy(systemError('connect', status, this.to))
    }
    onClosed = function (this: TcpHandle) {
      const connection = this.reader as TcpConnection
      connection.#onClosed()
    }
  }

  #onConnected(): void {
    this.#connecting = false
    if (this.events !== nobody && !this.isPaused) this.handle.readStart()
    this.#emit('connect')
  }

  #onEndSent(): void {
    this.#writeEnded = true
    if (this.#readEnded || this.#closesOnceWritten) this.destroy()
  }

  #destroy(error: Error | undefined): void {
    if (this.isClosed) return
    const { handle } = this
    this.#bytes = { read: handle.bytesRead, written: handle.bytesWritten }
    this.#error = error
    this.markClosed()
    handle.reader = this
    handle.close(onClosed)
  }

  #onClosed(): void {
    this.forget()
    if (this.#error !== undefined) this.#emit('error', this.#error)
    this.#emit('close')
    this.events.onClose(this.#error)
  }

  #emit(event: EventName, error?: Error): void {
    const all = [...this.#listeners]
    for (let i = 0; i < all.length; i += 2) {
      if (all[i] === event) (all[i + 1] as (this: this, error?: Error) => void).call(this, error)
    }
  }

  /** Both at once: whoever wants one may want the other when the connection is gone. */
  get #names(): Names {
    if (this.#known === undefined && !this.isClosed) {
      const peer: Partial<SocketName> = {}
      const own: Partial<SocketName> = {}
      this.handle.getpeername(peer)
      this.handle.getsockname(own)
      this.#known = {
        remoteAddress: peer.address,
        remotePort: peer.port,
        localAddress: shared(own.address),
        localPort: own.port,
      }
    }
    return this.#known ?? unknownNames
  }
}

interface Names {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
}

const unknownNames: Names = {
  remoteAddress: undefined,
  remotePort: undefined,
  localAddress: undefined,
  localPort: undefined,
}

let latest: string | undefined

/** Of many connections to one address one text is enough. */
function shared(address: string | undefined): string | undefined {
  if (address !== latest) latest = address
  return latest
}

function systemError(syscall: string, errorNumber: number, to = ''): Error {
  const code = getSystemErrorName(errorNumber)
  const error = new Error(`${syscall} ${code} ${to}`.trimEnd())
  return Object.assign(error, { code, errno: errorNumber, syscall })
}
