import { performServerHandshake, type ServerHttp2Session, sensitiveHeaders } from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { HpackDecoder } from '../../src/hpack/hpack-decoder.ts'
import { HpackEncoder } from '../../src/hpack/hpack-encoder.ts'
import type { FrameEvents } from '../../src/http2/frame-events.ts'
import { clientPreface, SettingId } from '../../src/http2/frame-format.ts'
import { FrameReader } from '../../src/http2/frame-reader.ts'
import { FrameWriter } from '../../src/http2/frame-writer.ts'
import type { Field } from './hpack-fields.ts'

/** A request, and what it is answered with. */
export interface HeadPair {
  readonly request: readonly Field[]
  readonly response: readonly Field[]
}

/** The heads as the other side has read them. */
export interface ReadHeads extends HeadPair {
  /** Names of the request's fields that no table may hold. */
  readonly sensitive: readonly string[]
}

/**
 * A client made of this codec's pieces, on a pair of streams with a server of node:http2 (nghttp2): heads go both ways,
 * and each side tells the other how large its table may be.
 */
export class Nghttp2Peer {
  readonly #server: ServerHttp2Session
  readonly #wire: Duplex
  readonly #writer = new FrameWriter()
  readonly #encoder = new HpackEncoder()
  readonly #decoder = new HpackDecoder({ maxTableSize: 4096 })
  /** Sizes sent and not acknowledged; the first SETTINGS say nothing of it. */
  readonly #sentTableSizes: number[] = [4096]
  #nextStream = 1
  #answers = new Map<number, readonly Field[]>()
  #requests = new Map<number, Pick<ReadHeads, 'request' | 'sensitive'>>()
  #read = new Map<number, ReadHeads>()
  #wanted = 0
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined

  constructor() {
    const [wire, other] = duplexPair()
    this.#wire = wire
    this.#server = performServerHandshake(other)
    this.#server.on('error', (error) => this.#fail(error.message))
    this.#server.on('stream', (stream, headers, _flags, raw: string[]) => {
      const id = stream.id ?? 0
      this.#requests.set(id, {
        request: inPairs(raw),
        sensitive: Reflect.get(headers, sensitiveHeaders),
      })
      stream.respond(this.#answers.get(id)?.flat() ?? [], { endStream: true })
    })
    const reader = new FrameReader(this.#events(), { role: 'client' })
    wire.on('data', (chunk: Buffer) => reader.push(chunk))
    wire.write(clientPreface, 'latin1')
    this.#writer.writeSettings([])
  }

  /** How many bytes of a table the server takes from now on. */
  setServerTable(size: number): void {
    this.#server.settings({ headerTableSize: size })
  }

  /** How many bytes of a table the server may fill, once it has agreed. */
  setClientTable(size: number): void {
    this.#sentTableSizes.push(size)
    this.#writer.writeSettings([{ id: SettingId.HEADER_TABLE_SIZE, value: size }])
  }

  /** Sends the requests at once, and gives all heads as they were read. */
  async exchange(pairs: readonly HeadPair[]): Promise<ReadHeads[]> {
    this.#read = new Map()
    this.#wanted = pairs.length
    for (const { request, response } of pairs) {
      const id = this.#nextStream
      this.#nextStream += 2
      this.#answers.set(id, response)
      const start = this.#writer.beginHeaders()
      for (const [name, value] of request) this.#encoder.encode(name, value, this.#writer.out)
      this.#writer.endHeaders(start, id, true)
    }
    await new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#flush()
    })
    return [...this.#read].toSorted(([a], [b]) => a - b).map(([, heads]) => heads)
  }

  close(): void {
    this.#server.destroy()
    this.#wire.destroy()
  }

  #flush(): void {
    this.#wire.write(this.#writer.out.take())
  }

  #fail(reason: string): void {
    this.#settle?.reject(new Error(reason))
  }

  #events(): FrameEvents {
    return {
      onHeaders: (streamId, block) => {
        const response: Field[] = []
        this.#decoder.decode(block.bytes, block.start, block.end, {
          onHeader: (name, value) => response.push([name, value]),
        })
        const request = this.#requests.get(streamId) ?? { request: [], sensitive: [] }
        this.#read.set(streamId, { ...request, response })
        if (this.#read.size === this.#wanted) this.#settle?.resolve()
      },
      onSettings: (settings) => {
        for (const { id, value } of settings) {
          if (id === SettingId.HEADER_TABLE_SIZE) this.#encoder.setPeerTableSize(value)
        }
        this.#writer.writeSettingsAck()
        this.#flush()
      },
      onSettingsAck: () => this.#decoder.setMaxTableSize(this.#sentTableSizes.shift() ?? 0),
      onReset: (streamId, code) => this.#fail(`stream ${streamId} reset with ${code}`),
      onGoAway: (_, code) => this.#fail(`GOAWAY with ${code}`),
      onConnectionFault: ({ detail }) => this.#fail(detail),
      onStreamFault: ({ detail }) => this.#fail(detail),
      onData: () => this.#fail('DATA'),
      onPriority: () => this.#fail('PRIORITY'),
      onPing: () => this.#fail('PING'),
      onWindowUpdate: () => {},
      onUnknown: () => {},
    }
  }
}

function inPairs(flat: readonly string[]): Field[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[i * 2] ?? '',
    flat[i * 2 + 1] ?? '',
  ])
}
