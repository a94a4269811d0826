import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Connection, OutgoingConnection } from '../network/connection.ts'
import type { ByteChannel, ChannelEvents } from './byte-channel.ts'
import { FastChannel } from './fast-channel.ts'
import { PortableChannel } from './portable-channel.ts'
import { hasFastSockets } from './socket-internals.ts'
import { TcpConnection } from './tcp-connection.ts'
import { hasTcpHandles } from './tcp-internals.ts'

/** How a channel moves bytes: by the public API alone, or on the socket's handle where that is possible. */
export type ChannelKind = 'fast' | 'portable'

/** `MESHWRIGHT_IO=portable` keeps to Node's public API, also where the fast path would work. */
const preferred: ChannelKind =
  hasFastSockets && process.env['MESHWRIGHT_IO'] !== 'portable' ? 'fast' : 'portable'

/** A channel that somebody else has opened, and whose events go to another from now on. */
export interface ChannelSource {
  attach(events: ChannelEvents): ByteChannel
}

/** Connections are accepted, and made, without a socket around them. */
export const avoidsSockets: boolean = preferred === 'fast' && hasTcpHandles

/** Opens a channel on an established connection. Events begin after it has returned. */
export function openChannel(
  from: Connection | ChannelSource,
  events: ChannelEvents,
  kind: ChannelKind = preferred,
): ByteChannel {
  if ('attach' in from) return from.attach(events)
  if (!(from instanceof Duplex)) throw new TypeError('expected a stream, or what has a channel')
  const fast = kind === 'fast' && from instanceof Socket
  const channel =
    (fast ? FastChannel.on(from, events) : undefined) ?? new PortableChannel(from, events)
  channeled(from)[channelKey] = channel
  return channel
}

const channelKey = Symbol('channel')

/** Where a stream has the channel that was opened on it. */
interface Channeled {
  [channelKey]?: ByteChannel
}

function channeled(stream: Duplex): Channeled {
  return stream as Duplex & Channeled
}

/** Bytes of a connection that were read and not taken, or are to be written: a channel keeps them beside its stream. */
export function heldBytesOf(connection: Connection): number {
  if (connection instanceof TcpConnection) return connection.queuedBytes
  if (!(connection instanceof Duplex)) return 0
  const { [channelKey]: channel } = channeled(connection)
  return (channel?.queuedBytes ?? connection.writableLength) + connection.readableLength
}

/** Opens a channel on a connection that is being made; it carries bytes once the connection has emitted `readyEvent`. */
export function awaitChannel(
  connection: OutgoingConnection,
  readyEvent: 'connect' | 'secureConnect',
  events: ChannelEvents,
): ByteChannel {
  if (connection instanceof TcpConnection) return connection.attach(events)
  return new AwaitedChannel(connection, readyEvent, events)
}

class AwaitedChannel implements ByteChannel {
  readonly #connection: OutgoingConnection
  #inner: ByteChannel | undefined

  constructor(
    connection: OutgoingConnection,
    readyEvent: 'connect' | 'secureConnect',
    events: ChannelEvents,
  ) {
    this.#connection = connection
    let error: Error | undefined
    const onError = (cause: Error): void => {
      error = cause
    }
    const onClose = (): void => events.onClose(error)
    connection.on('error', onError)
    connection.on('close', onClose)
    connection.once(readyEvent, () => {
      if (connection instanceof Socket) connection.setNoDelay(true)
      this.#inner = openChannel(connection, events)
      connection.off('error', onError)
      connection.off('close', onClose)
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

  finish(): void {
    if (this.#inner === undefined) this.#connection.destroy()
    else this.#inner.finish()
  }

  destroy(): void {
    this.#connection.destroy()
  }
}
