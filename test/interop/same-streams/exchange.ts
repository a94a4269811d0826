import { connect } from 'node:net'
import { HpackDecoder } from '../../../packages/mini-proxy/src/hpack/hpack-decoder.ts'
import { HpackEncoder } from '../../../packages/mini-proxy/src/hpack/hpack-encoder.ts'
import { clientPreface } from '../../../packages/mini-proxy/src/http2/frame-format.ts'
import { FrameReader } from '../../../packages/mini-proxy/src/http2/frame-reader.ts'
import { FrameWriter } from '../../../packages/mini-proxy/src/http2/frame-writer.ts'
import type { Field, OddStream } from './odd-streams.ts'

/** What a client heard on a connection: of an odd stream, and of a plain one after it. */
export interface Heard {
  /** A status, `reset N`, or what else became of it. */
  readonly odd: string
  readonly plain: string
}

const oddId = 1
const plainId = 3
/** Silence for so long is an answer, too. */
const silenceMs = 2000

const plainFields: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'end'],
  [':path', '/end'],
]

/** Sends the stream, then a plain one, on a connection of their own. */
export function exchange(port: number, stream: OddStream): Promise<Heard> {
  return new Promise((resolve) => {
    const heard = new Map<number, string>()
    const over = new Set<number>()
    const socket = connect(port, '127.0.0.1')
    const end = (otherwise: string): void => {
      clearTimeout(timer)
      socket.destroy()
      const of = (id: number): string => heard.get(id) ?? otherwise
      resolve({ odd: of(oddId), plain: of(plainId) })
    }
    const finish = (id: number): void => {
      over.add(id)
      if (over.size === 2) end('')
    }
    const timer = setTimeout(() => end('silence'), silenceMs)
    const decoder = new HpackDecoder({ maxTableSize: 4096 })
    const nothing = (): void => undefined
    const reader = new FrameReader(
      {
        onData: (id, { endStream }) => {
          if (endStream) finish(id)
        },
        onHeaders: (id, { bytes, start, end: until, endStream }) => {
          decoder.decode(bytes, start, until, {
            onHeader: (name, value) => {
              if (name === ':status') heard.set(id, `${heard.get(id) ?? ''} ${value}`.trim())
            },
          })
          if (endStream) finish(id)
        },
        onReset: (id, code) => {
          heard.set(id, `${heard.get(id) ?? ''} reset ${code}`.trim())
          finish(id)
        },
        // Envoy mostly closes without one.
        onGoAway: nothing,
        onPriority: nothing,
        onSettings: nothing,
        onSettingsAck: nothing,
        onPing: nothing,
        onWindowUpdate: nothing,
        onUnknown: nothing,
        onStreamFault: nothing,
        onConnectionFault: ({ detail }) => end(`not HTTP/2: ${detail}`),
      },
      { role: 'client' },
    )
    socket.on('data', (chunk) => {
      timer.refresh()
      reader.push(chunk)
    })
    socket.on('error', nothing)
    socket.on('close', () => end('closed'))
    socket.write(bytesOf(stream))
  })
}

function bytesOf({ fields, body, trailers }: OddStream): Buffer {
  const frames = new FrameWriter()
  const encoder = new HpackEncoder()
  const head = (id: number, list: readonly Field[], endStream: boolean): void => {
    const start = frames.beginHeaders()
    for (const [name, value] of list) encoder.encode(name, value, frames.out)
    frames.endHeaders(start, id, endStream)
  }
  frames.out.append(Buffer.from(clientPreface, 'latin1'))
  frames.writeSettings([])
  head(oddId, fields, body === undefined && trailers === undefined)
  if (body !== undefined) {
    frames.writeDataHeader(oddId, body.length, trailers === undefined)
    frames.out.append(Buffer.from(body, 'latin1'))
  }
  if (trailers !== undefined) head(oddId, trailers, true)
  head(plainId, plainFields, true)
  return Buffer.from(frames.out.take())
}
