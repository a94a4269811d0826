import { setImmediate } from 'node:timers/promises'
import { HpackDecoder } from '../../src/hpack/hpack-decoder.ts'
import { Deadlines } from '../../src/http/deadlines.ts'
import { HeaderList } from '../../src/http/header-list.ts'
import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResponseHead,
} from '../../src/http/stream.ts'
import type { FrameEvents } from '../../src/http2/frame-events.ts'
import { FrameReader } from '../../src/http2/frame-reader.ts'
import { resolveHttp2Options } from '../../src/http2/http2-options.ts'
import { http2Stats } from '../../src/http2/http2-stats.ts'
import { Http2ServerConnection } from '../../src/http2/server-connection.ts'
import { createStatsStore } from '../../src/stats/stats-store.ts'
import { drawConversation } from './drawn-conversation.ts'
import { drawCuts } from './frame-fuzz.ts'
import { MemoryChannel } from './memory-channel.ts'

/** What a fuzzing of server connections has seen. */
export interface ServerFuzzReport {
  readonly connections: number
  /** Requests that were offered, and those of them that came whole. */
  readonly requests: number
  readonly whole: number
  /** Connections that were ended by an error of the client. */
  readonly faults: number
  /** Connections that did something else with cut bytes, or left something behind; the first few in full. */
  readonly differences: number
  readonly examples: readonly object[]
}

/** Changes the chunks that one of the two connections gets. */
export type PlantedServerFault = (chunk: Buffer) => Buffer

/** Puts the bytes of drawn clients to a server connection at once, and cut anywhere to another. */
export async function fuzzServer(
  random: () => number,
  connections: number,
  planted: PlantedServerFault = (it) => it,
): Promise<ServerFuzzReport> {
  const all: string[] = []
  const different: object[] = []
  for (let i = 0; i < connections; i++) {
    const bytes = drawConversation(random)
    const cuts = drawCuts(random, bytes.length)
    const pieces = [...cuts, bytes.length].map((cut, at) => bytes.subarray(cuts[at - 1] ?? 0, cut))
    const whole = await converse([bytes])
    const cut = await converse(pieces.map(planted))
    all.push(...whole.lines)
    if (whole.left !== 0 || cut.left !== 0 || whole.lines.join('\n') !== cut.lines.join('\n')) {
      different.push({ bytes: bytes.toString('hex'), cuts, whole, cut })
    }
  }
  const count = (pattern: RegExp) => all.filter((it) => pattern.test(it)).length
  return {
    connections,
    requests: count(/^\d+ head/),
    whole: count(/^\d+ end/),
    faults: count(/^sent goaway/),
    differences: different.length,
    examples: different.slice(0, 3),
  }
}

interface Conversation {
  readonly lines: readonly string[]
  /** What the gauges say after the end: streams and bytes that nobody will free. */
  readonly left: number
}

/** What the application was told, then what was sent, stream by stream. */
async function converse(pieces: readonly Buffer[]): Promise<Conversation> {
  const lines: string[] = []
  const stats = http2Stats(createStatsStore())
  const channel = new MemoryChannel()
  let streams = 0
  const connection = new Http2ServerConnection(channel, facts, {
    onStream: (sender) => new Application(streams++, sender, lines),
    deadlines: new Deadlines({ setTimeout: () => 0, clearTimeout: () => {} }),
    http2: resolveHttp2Options({ maxConcurrentStreams: 6 }),
    limits: { maxHeadBytes: 3000, maxHeaders: 20 },
    stats,
    tooManyResets: { value: 0, inc() {} },
    idleTimeoutMs: Number.POSITIVE_INFINITY,
    requestHeadersTimeoutMs: Number.POSITIVE_INFINITY,
    streamIdleTimeoutMs: Number.POSITIVE_INFINITY,
    delayedCloseTimeoutMs: 0,
    maxRequests: Number.POSITIVE_INFINITY,
    proxyContinue: false,
  })
  for (const piece of pieces) channel.give(piece)
  await setImmediate()
  connection.destroy()
  await setImmediate()
  return {
    lines: [...lines, ...sentLines(channel.written)],
    left: stats.activeStreams.value + stats.pendingSendBytes.value,
  }
}

const facts = {
  id: 1,
  remoteAddress: '127.0.0.1',
  remotePort: 1,
  localAddress: '127.0.0.1',
  localPort: 2,
  tls: undefined,
}

/** Answers every request that comes whole with as many bytes as its path says. */
class Application implements MessageReceiver<RequestHead> {
  readonly #index: number
  readonly #sender: MessageSender<ResponseHead>
  readonly #lines: string[]
  #path = ''
  #body = ''

  constructor(index: number, sender: MessageSender<ResponseHead>, lines: string[]) {
    this.#index = index
    this.#sender = sender
    this.#lines = lines
  }

  onHead({ method, path, authority, headers }: RequestHead, endStream: boolean): void {
    this.#path = path
    this.#tell(`head ${JSON.stringify([method, path, authority, ...headers])}`)
    if (endStream) this.#answer()
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    this.#body += Buffer.from(chunk).toString('latin1')
    if (endStream) this.#answer()
  }

  onTrailers(trailers: HeaderList): void {
    this.#tell(`trailers ${JSON.stringify([...trailers])}`)
    this.#answer()
  }

  /** How much of the body was told before depends on how far a piece went of what is more than its length. */
  onReset(reason: string): void {
    this.#tell(`reset ${reason}`)
  }

  onWritable(): void {}

  #answer(): void {
    this.#tellBody()
    this.#tell('end')
    this.#sender.sendHead({ status: 200, headers: HeaderList.of({ 'x-a': 'b' }) }, false)
    this.#sender.sendData(Buffer.alloc(Number(this.#path.slice(1)) || 0, 0x63), false)
    this.#sender.sendTrailers(HeaderList.of({ 'x-t': '1' }))
  }

  #tellBody(): void {
    this.#tell(`body ${this.#body}`)
  }

  #tell(line: string): void {
    this.#lines.push(`${this.#index} ${line}`)
  }
}

/** What a client reads of the answers, stream by stream; window updates depend on when what was read. */
function sentLines(bytes: Buffer): string[] {
  const streams = new Map<number, string>()
  const add = (id: number, text: string) => streams.set(id, (streams.get(id) ?? '') + text)
  const decoder = new HpackDecoder({ maxTableSize: 4096 })
  const events: FrameEvents = {
    onData: (id, { bytes: of, start, end, endStream }) =>
      add(id, `${of.toString('latin1', start, end)}${endStream ? ' end' : ''}`),
    onHeaders(id, block) {
      const fields: string[] = []
      decoder.decode(block.bytes, block.start, block.end, {
        onHeader: (name, value) => fields.push(name, value),
      })
      add(id, ` ${JSON.stringify(fields)}${block.endStream ? ' end' : ''}`)
    },
    onReset: (id, code) => add(id, ` reset ${code}`),
    onGoAway: (last, code) => add(0, `goaway ${last} ${code}`),
    onPing: (payload, ack) => add(0, ` ping ${payload.toString('latin1')} ${ack} `),
    onConnectionFault: ({ detail }) => add(0, `sent what is no HTTP/2: ${detail}`),
    onStreamFault: ({ detail }) => add(0, `sent what is no HTTP/2: ${detail}`),
    onSettings: () => {},
    onSettingsAck: () => add(-1, 'ack '),
    onPriority: () => {},
    onWindowUpdate: () => {},
    onUnknown: () => {},
  }
  new FrameReader(events, { role: 'client' }).push(bytes)
  return [...streams]
    .toSorted(([a], [b]) => a - b)
    .map(([id, text]) => `sent ${id === 0 ? '' : id}${text}`)
}
