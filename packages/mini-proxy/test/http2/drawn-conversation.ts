import { isFieldName, isFieldValue } from '../../src/hpack/field-form.ts'
import { HpackEncoder } from '../../src/hpack/hpack-encoder.ts'
import { clientPreface, FrameType, SettingId } from '../../src/http2/frame-format.ts'
import { FrameWriter } from '../../src/http2/frame-writer.ts'
import { fieldDrawing } from '../hpack/drawn-fields.ts'
import { frame } from './recorded-frames.ts'

const maxSteps = 25

/** Bytes of a client that sends requests, many at a time; of some a few bytes or frames are changed. */
export function drawConversation(random: () => number): Buffer {
  const client = new DrawnClient(random)
  for (let i = Math.floor(random() * maxSteps); i >= 0; i--) client.step()
  const frames = random() < 0.6 ? client.frames : damaged(client.frames, random)
  const bytes = Buffer.concat([
    Buffer.from(clientPreface),
    frame(FrameType.SETTINGS, 0, 0),
    ...frames,
  ])
  if (random() < 0.15)
    bytes.writeUInt8(Math.floor(random() * 256), Math.floor(random() * bytes.length))
  return bytes
}

/** Frames of which one is left out, sent twice, sent at another time or cut off. */
export function damaged(frames: readonly Buffer[], random: () => number): Buffer[] {
  const at = Math.floor(random() * frames.length)
  const one = frames[at] ?? Buffer.alloc(0)
  switch (Math.floor(random() * 4)) {
    case 0:
      return frames.toSpliced(at, 1)
    case 1:
      return frames.toSpliced(at, 0, one)
    case 2:
      return frames.toSpliced(at, 1).toSpliced(Math.floor(random() * frames.length), 0, one)
    default:
      return frames.toSpliced(at, 1, one.subarray(0, Math.floor(random() * one.length)))
  }
}

class DrawnClient {
  readonly frames: Buffer[] = []
  readonly #random: () => number
  readonly #drawFields: () => (readonly [string, string])[]
  readonly #writer = new FrameWriter()
  readonly #encoder = new HpackEncoder()
  #open: number[] = []
  #next = 1

  constructor(random: () => number) {
    this.#random = random
    this.#drawFields = fieldDrawing(random)
  }

  step(): void {
    const draws = [
      () => this.#request(),
      () => this.#request(),
      () => this.#data(),
      () => this.#data(),
      () => this.#data(),
      () => this.#trailers(),
      () => this.#control(),
    ]
    draws[this.#below(draws.length)]?.()
    const bytes = this.#writer.out.take()
    if (bytes.length > 0) this.frames.push(bytes)
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #request(): void {
    const id = this.#next
    this.#next += 2
    const end = this.#random() < 0.5
    const head: (readonly [string, string])[] = [
      [':method', end ? 'GET' : 'POST'],
      [':scheme', 'http'],
      [':path', `/${this.#below(5) * 1000}`],
      [':authority', 'a'],
    ]
    if (!end && this.#random() < 0.2) head.push(['content-length', `${this.#below(2) * 500}`])
    this.#fields(id, [...head, ...this.#regularFields()], end)
    if (!end) this.#open.push(id)
  }

  #data(): void {
    const id = this.#anyOpen()
    const end = this.#random() < 0.3
    const length = [0, 1, 10, 500, 3000][this.#below(5)] ?? 0
    if (id === 0 || (length === 0 && !end)) return
    if (this.#random() < 0.3) {
      const payload = Buffer.concat([Buffer.from([3]), Buffer.alloc(length, 0x61), Buffer.alloc(3)])
      this.#writer.out.append(frame(FrameType.DATA, end ? 9 : 8, id, payload))
    } else {
      this.#writer.writeDataHeader(id, length, end)
      this.#writer.out.append(Buffer.alloc(length, 0x62))
    }
    if (end) this.#close(id)
  }

  #trailers(): void {
    const id = this.#anyOpen()
    if (id === 0) return
    this.#fields(id, [['x-trailer', '1'], ...this.#regularFields()], true)
    this.#close(id)
  }

  #control(): void {
    const writer = this.#writer
    const id = this.#anyOpen()
    const draws = [
      () => writer.writeWindowUpdate(0, 1 + this.#below(50_000)),
      () => writer.writeWindowUpdate(id, 1 + this.#below(50_000)),
      () => writer.writePing(Buffer.from('12345678'), false),
      () => writer.writeSettings([{ id: SettingId.INITIAL_WINDOW_SIZE, value: this.#below(5000) }]),
      () => writer.writeSettings([{ id: SettingId.HEADER_TABLE_SIZE, value: this.#below(200) }]),
      () => writer.out.append(frame(0x77, 0, 3, Buffer.alloc(5))),
      () => this.#reset(id),
    ]
    draws[this.#below(draws.length)]?.()
  }

  #reset(id: number): void {
    if (id === 0) return
    this.#writer.writeReset(id, 8)
    this.#close(id)
  }

  #fields(id: number, fields: readonly (readonly [string, string])[], end: boolean): void {
    const writer = this.#writer
    // Now and then in CONTINUATIONs.
    writer.maxFrameSize = this.#random() < 0.3 ? 40 : 16_384
    const start = writer.beginHeaders()
    for (const [name, value] of fields) this.#encoder.encode(name, value, writer.out)
    writer.endHeaders(start, id, end)
  }

  #regularFields(): (readonly [string, string])[] {
    const odd = this.#random() < 0.02
    return this.#drawFields().filter(
      ([name, value]) => odd || (/^[a-z]/.test(name) && isFieldName(name) && isFieldValue(value)),
    )
  }

  #anyOpen(): number {
    return this.#open[this.#below(this.#open.length)] ?? 0
  }

  #close(id: number): void {
    this.#open = this.#open.filter((it) => it !== id)
  }
}
