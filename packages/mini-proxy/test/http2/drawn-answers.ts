import { HpackEncoder } from '../../src/hpack/hpack-encoder.ts'
import { FrameType, SettingId } from '../../src/http2/frame-format.ts'
import { FrameWriter } from '../../src/http2/frame-writer.ts'
import { damaged } from './drawn-conversation.ts'
import { frame } from './recorded-frames.ts'

type Fields = readonly (readonly [name: string, value: string])[]

/** Bytes of a server that answers the streams 1, 3, 5 and so on, in turns; of some a few bytes or frames are changed. */
export function drawAnswers(random: () => number, streams: number): Buffer {
  const server = new DrawnServer(random, streams)
  while (server.busy && server.frames.length < 60) server.step()
  const frames = random() < 0.6 ? server.frames : damaged(server.frames, random)
  const bytes = Buffer.concat([frame(FrameType.SETTINGS, 0, 0), ...frames])
  if (random() < 0.15) {
    bytes.writeUInt8(Math.floor(random() * 256), Math.floor(random() * bytes.length))
  }
  return bytes
}

class DrawnServer {
  readonly frames: Buffer[] = []
  readonly #random: () => number
  readonly #writer = new FrameWriter()
  readonly #encoder = new HpackEncoder()
  /** What each stream has still to send; bytes of its body while that is being sent. */
  readonly #streams: Map<number, 'head' | number>

  constructor(random: () => number, streams: number) {
    this.#random = random
    this.#streams = new Map(Array.from({ length: streams }, (_, i) => [i * 2 + 1, 'head']))
  }

  get busy(): boolean {
    return this.#streams.size > 0
  }

  step(): void {
    const ids = [...this.#streams.keys()]
    const id = ids[this.#below(ids.length)] ?? 0
    const next = this.#streams.get(id)
    if (this.#random() < 0.2) this.#control(id)
    else if (next === 'head') this.#head(id)
    else this.#body(id, next ?? 0)
    const bytes = this.#writer.out.take()
    if (bytes.length > 0) this.frames.push(bytes)
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #head(id: number): void {
    if (this.#random() < 0.2) {
      this.#fields(
        id,
        [
          [':status', '103'],
          ['link', `</${id}>`],
        ],
        false,
      )
      return
    }
    const size = this.#below(4) * 700
    const status: readonly [string, string] = [
      ':status',
      ['200', '404', '503'][this.#below(3)] ?? '',
    ]
    const length: Fields = this.#random() < 0.5 ? [['content-length', `${size}`]] : []
    const end = size === 0 && this.#random() < 0.7
    this.#fields(id, [status, ...length, ['x-a', `${this.#below(3)}`], ['server', 's']], end)
    if (end) this.#streams.delete(id)
    else this.#streams.set(id, size)
  }

  #body(id: number, left: number): void {
    const trailers = this.#random() < 0.4
    if (left === 0) {
      if (trailers) this.#fields(id, [['grpc-status', '0']], true)
      else this.#writer.writeDataHeader(id, 0, true)
      this.#streams.delete(id)
      return
    }
    const size = Math.min(left, 1 + this.#below(900))
    const end = size === left && !trailers
    this.#writer.writeDataHeader(id, size, end)
    this.#writer.out.append(Buffer.alloc(size, 0x61 + (id % 26)))
    if (end) this.#streams.delete(id)
    else this.#streams.set(id, left - size)
  }

  #control(id: number): void {
    const writer = this.#writer
    const draws = [
      () => writer.writeWindowUpdate(0, 1 + this.#below(50_000)),
      () => writer.writeWindowUpdate(id, 1 + this.#below(50_000)),
      () => writer.writePing(Buffer.from('12345678'), false),
      () => writer.writeSettings([{ id: SettingId.INITIAL_WINDOW_SIZE, value: this.#below(5000) }]),
      () => writer.writeSettings([{ id: SettingId.MAX_CONCURRENT_STREAMS, value: this.#below(5) }]),
      () => writer.out.append(frame(0x77, 0, 3, Buffer.alloc(5))),
      () => writer.writeGoAway(id, 0),
      () => {
        writer.writeReset(id, 8)
        this.#streams.delete(id)
      },
    ]
    draws[this.#below(draws.length)]?.()
  }

  #fields(id: number, fields: Fields, end: boolean): void {
    const writer = this.#writer
    // Now and then in CONTINUATIONs.
    writer.maxFrameSize = this.#random() < 0.3 ? 10 : 16_384
    const start = writer.beginHeaders()
    for (const [name, value] of fields) this.#encoder.encode(name, value, writer.out)
    writer.endHeaders(start, id, end)
  }
}
