import { Socket } from 'node:net'

/**
 * What this package uses of Node's sockets beyond their public API (`tcp-internals.ts` does without them): reading into
 * memory of our own and writing at once, on the handle of a socket that is otherwise left as it is. Nothing here is reached
 * by name alone: symbols and classes are found by what Node itself does with them, and where one of them is missing there is
 * no fast path.
 */
export interface SocketHandle {
  reading: boolean
  /** Bytes taken but not sent yet. */
  readonly writeQueueSize: number
  readStart(): number
  readStop(): number
  useUserBuffer(buffer: Buffer): number
  /** Both return 0 or an error number. If {@link isPending} says so afterwards, `request` is Node's until `oncomplete`. */
  writeLatin1String(request: WriteRequest, text: string): number
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
}

/** Node's own object for one write. */
export interface WriteRequest {
  oncomplete?: (status: number) => void
  /** Keeps what is being written alive. */
  buffer?: Buffer | undefined
  /** -1 if Node does not hold on to it. */
  getAsyncId(): number
}

/** Takes `count` bytes that lie at the beginning of the buffer. */
export type TakeBytes = (count: number, buffer: Buffer) => void

interface Internals {
  readonly buffer: symbol
  readonly callback: symbol
  /** Where Node keeps what gives it the buffer for the next read. */
  readonly nextBuffer: symbol
  readonly Request: new () => WriteRequest
}

/** A socket whose handle is used directly. */
export interface AdoptedSocket {
  readonly handle: SocketHandle
  /** Written bytes are copied, encrypted, before a write returns: no write keeps the caller's memory. */
  readonly copiesWrites: boolean
  /** Another buffer from the next read on; to be called while bytes are taken. */
  readInto(buffer: Buffer): void
}

/** The identity of an object that Node has not taken into use. */
const notPending = -1

const found = findInternals()

/** Whether this Node has all that the fast path needs. */
export const hasFastSockets: boolean = found !== undefined

/**
 * Makes an established socket read into `buffer`, which must never be freed, and hand over what it reads to `take`. Bytes
 * that it had read before stay with the stream. Undefined: its handle is of a kind that cannot.
 */
export function adoptSocket(
  socket: Socket,
  buffer: Buffer,
  take: TakeBytes,
): AdoptedSocket | undefined {
  const handle = handleOf(socket)
  if (found === undefined || handle === undefined) return undefined
  const kind = handle.constructor.name
  const carrier = kind === 'TLSWrap' ? handle._parent?.constructor.name : kind
  if (carrier !== 'TCP' && carrier !== 'Pipe') return undefined
  const slots = socket as unknown as Record<symbol, unknown>
  slots[found.buffer] = buffer
  slots[found.callback] = take
  handle.useUserBuffer(buffer)
  const { nextBuffer } = found
  const readInto = (next: Buffer): void => {
    slots[nextBuffer] = (): Buffer => {
      slots[nextBuffer] = null
      return next
    }
  }
  return { handle, copiesWrites: kind === 'TLSWrap', readInto }
}

/** Whether the socket still has its handle. */
export function hasHandle(socket: Socket): boolean {
  return (socket as unknown as { readonly _handle: unknown })._handle !== null
}

/** A request for one write that may last. */
export function createWriteRequest(): WriteRequest {
  if (found === undefined) throw new Error('there are no fast sockets')
  return new found.Request()
}

/**
 * Whether Node holds on to a request: to use it again would end the process. The size of the handle's queue does not tell:
 * what was left may have gone out at once, and the call back still be to come.
 */
export function isPending(request: WriteRequest): boolean {
  return request.getAsyncId() !== notPending
}

type FullHandle = SocketHandle & {
  readonly constructor: { readonly name: string }
  readonly _parent?: { readonly constructor: { readonly name: string } }
}

function handleOf(socket: Socket): FullHandle | undefined {
  const handle = (socket as unknown as { readonly _handle?: Partial<FullHandle> | null })._handle
  const fits =
    typeof handle?.useUserBuffer === 'function' &&
    typeof handle.writeLatin1String === 'function' &&
    typeof handle.writeBuffer === 'function' &&
    typeof handle.writeQueueSize === 'number'
  return fits ? (handle as FullHandle) : undefined
}

/** Lets Node build sockets around known values and looks where it has put them. */
function findInternals(): Internals | undefined {
  try {
    const buffer = Buffer.alloc(1)
    const callback = (): boolean => true
    const probe = new Socket({ onread: { buffer, callback } })
    const slotOf = (value: unknown): symbol | undefined =>
      Object.getOwnPropertySymbols(probe).find(
        (key) => (probe as unknown as Record<symbol, unknown>)[key] === value,
      )
    const slots = { buffer: slotOf(buffer), callback: slotOf(callback) }
    probe.destroy()
    const nextBuffer = findNextBuffer(buffer)
    const Request = findRequestClass()
    if (slots.buffer === undefined || slots.callback === undefined || Request === undefined) {
      return undefined
    }
    if (nextBuffer === undefined) return undefined
    return { buffer: slots.buffer, callback: slots.callback, nextBuffer, Request }
  } catch {
    // A Node that does not let itself be probed gets the portable path.
    return undefined
  }
}

/** Where a function goes that gives a buffer for every read. */
function findNextBuffer(buffer: Buffer): symbol | undefined {
  const give = (): Buffer => buffer
  const probe = new Socket({ onread: { buffer: give, callback: () => true } })
  const slots = probe as unknown as Record<symbol, unknown>
  const found = Object.getOwnPropertySymbols(probe).find((key) => slots[key] === give)
  probe.destroy()
  return found
}

/** The class of the request that Node passes to a handle when a socket writes. */
function findRequestClass(): Internals['Request'] | undefined {
  let request: object | undefined
  const handle = {
    readStart: () => 0,
    readStop: () => 0,
    writeLatin1String: (it: object) => {
      request = it
      return 0
    },
    close: (done: () => void) => done(),
  }
  const probe = new Socket({ handle } as object)
  probe.on('error', () => undefined)
  probe.write('x', 'latin1')
  probe.destroy()
  const Request = request?.constructor as Internals['Request'] | undefined
  // A class that cannot tell whether it is in use is of no use.
  return Request !== undefined && !isPending(new Request()) ? Request : undefined
}
