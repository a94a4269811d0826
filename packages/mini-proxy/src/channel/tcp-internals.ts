import { type Server, Socket } from 'node:net'
import { hasFastSockets, type SocketHandle } from './socket-internals.ts'

/**
 * What this package uses of Node beyond its public API to have a TCP connection without a socket around it: the handle that
 * a server accepts, and one that is connected. As in `socket-internals.ts`, classes and functions are taken from what Node
 * itself does with them, and where one of them is missing there are sockets only.
 */
export interface TcpHandle extends SocketHandle {
  /** Who is told of what happens on the handle. */
  reader?: HandleReader
  onread: (this: TcpHandle) => Buffer | undefined
  /** Both since the connection was made. */
  readonly bytesRead: number
  readonly bytesWritten: number
  shutdown(request: EndRequest): number
  /** The handle is of no use from here on: most of what is asked of it then ends the process. */
  close(onClosed: (this: TcpHandle) => void): void
  setNoDelay(on: boolean): number
  connect(request: ConnectRequest, address: string, port: number): number
  connect6(request: ConnectRequest, address: string, port: number): number
  getpeername(into: Partial<SocketName>): number
  getsockname(into: Partial<SocketName>): number
}

/** Takes what is read on a handle. */
export interface HandleReader {
  /** Of the bytes read, those that it was told of; kept for it. */
  bytesTold: number
  /** So many bytes lie at the beginning of the buffer. May return the buffer for the next read. */
  onRead(count: number): Buffer | undefined
  /** The peer sends no more; or the connection is broken. */
  onReadEnd(error: Error | undefined): void
}

/** One end of a connection. */
export interface SocketName {
  address: string
  port: number
}

/** Node's own object for the end of what is written. */
export interface EndRequest {
  /** Of whoever has begun it. */
  of?: unknown
  oncomplete?: (this: EndRequest, status: number) => void
}

/** Node's own object for one attempt to connect. */
export interface ConnectRequest {
  of?: unknown
  /** `ip:port`. */
  to?: string
  oncomplete?: (this: ConnectRequest, status: number) => void
}

interface TcpInternals {
  readonly Handle: new (type: number) => TcpHandle
  readonly EndRequest: new () => EndRequest
  readonly ConnectRequest: new () => ConnectRequest
  /** Node's own reader of sockets. It alone sees why there is no more to read. */
  readonly readOfSocket: (this: object) => unknown
  /** Where a handle has the socket that reads. */
  readonly owner: symbol
}

/** Of a handle that connects; Node's number for it. */
const clientType = 0

/** As much of a socket as Node needs to tell it of the end. */
class ToldOfEnd {
  readonly destroyed = false
  readonly _parent = null
  readonly _readableState = { endEmitted: false }
  ended = false
  error: Error | undefined

  destroy(error: Error): void {
    this.error = error
  }

  push(): boolean {
    this.ended = true
    return false
  }

  read(): void {}

  on(): void {}
}

// What else Node asks of a socket is found there.
Object.setPrototypeOf(ToldOfEnd.prototype, Socket.prototype)

// Before all that looks for them.
const methods = [
  'close',
  'connect',
  'connect6',
  'getpeername',
  'getsockname',
  'readStart',
  'readStop',
  'setNoDelay',
  'shutdown',
  'useUserBuffer',
  'writeBuffer',
  'writeLatin1String',
]
const counts = ['bytesRead', 'bytesWritten', 'writeQueueSize']

const found = findInternals()

/** Whether this Node has all that TCP connections without sockets need. */
export const hasTcpHandles: boolean = found !== undefined && hasFastSockets

/**
 * Offers each connection that a listening server accepts to `take`; one that it leaves becomes a socket, and so does every
 * one where this Node has no such handles.
 */
export function offerAccepted(server: Server, take: (handle: TcpHandle) => boolean): void {
  const listening = (server as unknown as { readonly _handle?: ListeningHandle | null })._handle
  const makeSocket = listening?.onconnection
  if (found === undefined || listening == null || typeof makeSocket !== 'function') return
  const { Handle } = found
  listening.onconnection = function (this: ListeningHandle, status, handle): void {
    const taken = status === 0 && handle instanceof Handle && take(handle)
    if (!taken) makeSocket.call(this, status, handle)
  }
}

/** A handle that is not connected yet. */
export function createTcpHandle(): TcpHandle {
  return new (internals().Handle)(clientType)
}

export function createEndRequest(): EndRequest {
  return new (internals().EndRequest)()
}

export function createConnectRequest(): ConnectRequest {
  return new (internals().ConnectRequest)()
}

/** What is read from now on goes into `buffer`, which must never be freed. */
export function readInto(handle: TcpHandle, reader: HandleReader, buffer: Buffer): void {
  handle.reader = reader
  handle.onread = onRead
  handle.useUserBuffer(buffer)
}

function internals(): TcpInternals {
  if (found === undefined) throw new Error('there are no TCP handles')
  return found
}

/** Node tells how much was read where only its own code looks; the handle's count tells it too. */
function onRead(this: TcpHandle): Buffer | undefined {
  const { reader } = this
  if (reader === undefined) return undefined
  const count = this.bytesRead - reader.bytesTold
  if (count > 0) {
    reader.bytesTold += count
    return reader.onRead(count)
  }
  const end = endOfRead()
  if (end !== undefined) reader.onReadEnd(end.error)
  return undefined
}

/** Lets Node's own reader tell a socket, which is none, how the read has ended. Undefined: it has not. */
function endOfRead(
  { owner, readOfSocket }: Pick<TcpInternals, 'owner' | 'readOfSocket'> = internals(),
): ToldOfEnd | undefined {
  const told = new ToldOfEnd()
  readOfSocket.call({ [owner]: told, readStop: () => 0 })
  return told.ended || told.error !== undefined ? told : undefined
}

interface ListeningHandle {
  onconnection?: (this: ListeningHandle, status: number, handle: unknown) => void
}

function findInternals(): TcpInternals | undefined {
  try {
    const Handle = findHandleClass()
    const { owner, readOfSocket, EndRequest } = findReader()
    const ConnectRequest = findConnectRequest()
    if (Handle === undefined || owner === undefined || readOfSocket === undefined) return undefined
    if (EndRequest === undefined || ConnectRequest === undefined) return undefined
    if (!fits(Handle.prototype)) return undefined
    // Whatever it tells now: it must not ask for more of a socket than there is.
    endOfRead({ owner, readOfSocket })
    return { Handle, EndRequest, ConnectRequest, readOfSocket, owner }
  } catch {
    // A Node that does not let itself be probed gets sockets.
    return undefined
  }
}

/** Whether handles have what is used of them; looked up without a handle, as some of it is only to be read of one. */
function fits(prototype: object): boolean {
  return [...methods, ...counts].every((name) => name in prototype)
}

/** A socket that connects has its handle before it knows where to. */
function findHandleClass(): TcpInternals['Handle'] | undefined {
  const probe = new Socket()
  probe.connect({ host: 'probe.invalid', port: 1, lookup: () => undefined })
  const handle = (probe as unknown as { readonly _handle?: object })._handle
  probe.destroy()
  return handle?.constructor as TcpInternals['Handle'] | undefined
}

/** What a socket puts into a handle to hear from it, and how it ends what it writes. */
function findReader(): Partial<TcpInternals> {
  let end: object | undefined
  const shutdown = (it: object): number => {
    end = it
    return 0
  }
  const handle = { ...fakeHandle(), shutdown }
  const probe = new Socket({ handle } as object)
  probe.on('error', () => undefined)
  const slots = handle as unknown as Record<symbol, unknown>
  const owner = Object.getOwnPropertySymbols(handle).find((key) => slots[key] === probe)
  const readOfSocket = (handle as { onread?: unknown }).onread
  probe.end()
  probe.destroy()
  return {
    ...(owner !== undefined && { owner }),
    ...(typeof readOfSocket === 'function' && {
      readOfSocket: readOfSocket as TcpInternals['readOfSocket'],
    }),
    ...(end !== undefined && { EndRequest: end.constructor as TcpInternals['EndRequest'] }),
  }
}

/** The class of the request that Node passes to a handle when a socket connects. */
function findConnectRequest(): TcpInternals['ConnectRequest'] | undefined {
  let request: object | undefined
  const connect = (it: object): number => {
    request = it
    return 0
  }
  const handle = { ...fakeHandle(), connect }
  const probe = new Socket({ handle } as object)
  probe.on('error', () => undefined)
  probe.connect({
    host: 'probe.invalid',
    port: 1,
    family: 4,
    lookup: (_host, _options, found) => found(null, '127.0.0.1', 4),
  })
  probe.destroy()
  return request?.constructor as TcpInternals['ConnectRequest'] | undefined
}

function fakeHandle(): object {
  return { readStart: () => 0, readStop: () => 0, close: (done: () => void) => done() }
}
