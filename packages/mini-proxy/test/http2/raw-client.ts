import { connect, type Socket } from 'node:net'
import { HpackEncoder } from '../../src/hpack/hpack-encoder.ts'
import { clientPreface } from '../../src/http2/frame-format.ts'
import { FrameReader } from '../../src/http2/frame-reader.ts'
import { FrameWriter } from '../../src/http2/frame-writer.ts'
import { atEnd } from './mesh.ts'

export const get: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'host'],
]

/** A client that writes whatever frames it likes. */
export class RawClient {
  readonly socket: Socket
  readonly frames: FrameWriter = new FrameWriter()
  readonly encoder: HpackEncoder = new HpackEncoder()
  /** Codes of GOAWAY that came. */
  readonly goAways: { readonly last: number; readonly code: number }[] = []
  /** Codes of RST_STREAM by stream. */
  readonly resets = new Map<number, number>()
  /** Bytes of DATA by stream. */
  readonly received = new Map<number, number>()
  readonly ended = new Set<number>()
  pings = 0
  /** What came, in order. */
  readonly order: string[] = []
  closed = false
  readonly whenClosed: Promise<void>

  constructor(port: number, settings: { id: number; value: number }[] = []) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => undefined)
    atEnd(() => void this.socket.destroy())
    this.whenClosed = new Promise((resolve) =>
      this.socket.once('close', () => {
        this.closed = true
        resolve()
      }),
    )
    const reader = new FrameReader(
      {
        onData: (id, piece) => {
          this.order.push(`data ${piece.end - piece.start}`)
          this.received.set(id, (this.received.get(id) ?? 0) + piece.end - piece.start)
          if (piece.endStream) this.ended.add(id)
        },
        onHeaders: (id, block) => void (block.endStream && this.ended.add(id)),
        onPriority: () => undefined,
        onReset: (id, code) => void this.resets.set(id, code),
        onSettings: () => undefined,
        onSettingsAck: () => void this.order.push('ack'),
        onPing: () => void this.pings++,
        onGoAway: (last, code) => void this.goAways.push({ last, code }),
        onWindowUpdate: () => undefined,
        onUnknown: () => undefined,
        onStreamFault: () => undefined,
        onConnectionFault: (fault) => {
          throw new Error(`the proxy sent what is no HTTP/2: ${fault.detail}`)
        },
      },
      { role: 'client' },
    )
    this.socket.on('data', (chunk: Buffer) => reader.push(chunk))
    this.frames.out.append(Buffer.from(clientPreface, 'latin1'))
    this.frames.writeSettings(settings)
  }

  headers(
    id: number,
    endStream: boolean,
    fields: readonly (readonly [string, string])[] = get,
  ): void {
    const start = this.frames.beginHeaders()
    for (const [name, value] of fields) this.encoder.encode(name, value, this.frames.out)
    this.frames.endHeaders(start, id, endStream)
  }

  data(id: number, bytes: Uint8Array, endStream: boolean): void {
    this.frames.writeDataHeader(id, bytes.length, endStream)
    this.frames.out.append(bytes)
  }

  /** A frame of any form. */
  frame(type: number, flags: number, id: number, payload: Uint8Array): void {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head[3] = type
    head[4] = flags
    head.writeUInt32BE(id, 5)
    this.frames.out.append(head)
    this.frames.out.append(payload)
  }

  /** Sends what was written; false: the other side is slow to take it. */
  send(): boolean {
    return this.socket.write(this.frames.out.take())
  }
}
