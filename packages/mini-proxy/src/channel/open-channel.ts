import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ByteChannel, ChannelEvents } from './byte-channel.ts'
import { FastChannel } from './fast-channel.ts'
import { PortableChannel } from './portable-channel.ts'
import { hasFastSockets } from './socket-internals.ts'

/** How a channel moves bytes: by the public API alone, or on the socket's handle where that is possible. */
export type ChannelKind = 'fast' | 'portable'

/** `MESHWRIGHT_IO=portable` keeps to Node's public API, also where the fast path would work. */
const preferred: ChannelKind =
  hasFastSockets && process.env['MESHWRIGHT_IO'] !== 'portable' ? 'fast' : 'portable'

/** A channel that somebody else has opened, and whose events go to another from now on. */
export interface ChannelSource {
  attach(events: ChannelEvents): ByteChannel
}

/** Opens a channel on an established connection. Events begin after it has returned. */
export function openChannel(
  stream: Duplex | ChannelSource,
  events: ChannelEvents,
  kind: ChannelKind = preferred,
): ByteChannel {
  if ('attach' in stream) return stream.attach(events)
  const fast = kind === 'fast' && stream instanceof Socket
  const channel =
    (fast ? FastChannel.on(stream, events) : undefined) ?? new PortableChannel(stream, events)
  opened.set(stream, channel)
  return channel
}

const opened = new WeakMap<Duplex, ByteChannel>()

/** Bytes that wait to be written to a connection: a channel keeps them beside its stream. */
export function queuedBytesOf(stream: Duplex): number {
  return opened.get(stream)?.queuedBytes ?? stream.writableLength
}

/** Opens a channel on a connection that is being made; it carries bytes once the socket has emitted `readyEvent`. */
export function awaitChannel(
  socket: Socket,
  readyEvent: 'connect' | 'secureConnect',
  events: ChannelEvents,
): ByteChannel {
  return new AwaitedChannel(socket, readyEvent, events)
}

class AwaitedChannel implements ByteChannel {
  readonly #socket: Socket
  #inner: ByteChannel | undefined

  constructor(socket: Socket, readyEvent: string, events: ChannelEvents) {
    this.#socket = socket
    let error: Error | undefined
    const onError = (cause: Error): void => {
      error = cause
    }
    const onClose = (): void => events.onClose(error)
    socket.on('error', onError)
    socket.on('close', onClose)
    socket.once(readyEvent, () => {
      this.#inner = openChannel(socket, events)
      socket.off('error', onError)
      socket.off('close', onClose)
    })
  }

  get queuedBytes(): number {
    return this.#inner?.queuedBytes ?? 0
  }

  get full(): boolean {
    return this.#inner?.full ?? false
  }

  writeText(text: string): boolean {
    return this.#inner?.writeText(text) ?? true
  }

  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    return this.#inner?.writeAround(before, bytes, after) ?? true
  }

  pause(): void {
    this.#inner?.pause()
  }

  resume(): void {
    this.#inner?.resume()
  }

  end(): void {
    this.#inner?.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
