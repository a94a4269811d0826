import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { Deadlines } from '../../src/http/deadlines.ts'
import { HeaderList } from '../../src/http/header-list.ts'
import type { MessageReceiver, RequestHead, ResponseHead } from '../../src/http/stream.ts'
import { Http2ClientConnection } from '../../src/http2/client-connection.ts'
import { resolveHttp2Options } from '../../src/http2/http2-options.ts'
import { http2Stats } from '../../src/http2/http2-stats.ts'
import { createStatsStore } from '../../src/stats/stats-store.ts'
import { drawAnswers } from './drawn-answers.ts'
import { drawCuts } from './frame-fuzz.ts'
import { framesOf } from './recorded-frames.ts'

/** What a fuzzing of client connections has seen. */
export interface ClientFuzzReport {
  readonly connections: number
  /** Responses that came whole, and requests that were reset. */
  readonly whole: number
  readonly resets: number
  /** Connections that were ended by an error of the server. */
  readonly faults: number
  /** Connections that did something else with cut bytes, or left something behind; the first few in full. */
  readonly differences: number
  readonly examples: readonly object[]
}

/** Changes the chunks that one of the two connections gets. */
export type PlantedClientFault = (chunk: Buffer) => Buffer

const requests = 5

/** Puts the bytes of drawn servers to a client connection at once, and cut anywhere to another. */
export async function fuzzClient(
  random: () => number,
  connections: number,
  planted: PlantedClientFault = (it) => it,
): Promise<ClientFuzzReport> {
  const all: string[] = []
  const different: object[] = []
  for (let i = 0; i < connections; i++) {
    const bytes = drawAnswers(random, requests)
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
    whole: count(/^\d+ end/),
    resets: count(/^\d+ reset/),
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

/** What those who asked were told, then what was sent. */
async function converse(pieces: readonly Buffer[]): Promise<Conversation> {
  const lines: string[] = []
  const sent: Buffer[] = []
  const stats = http2Stats(createStatsStore())
  const [near, far] = duplexPair()
  far.on('data', (chunk: Buffer) => sent.push(chunk))
  const closed = Promise.withResolvers<void>()
  // Of a socket it needs what a stream has.
  const connection = new Http2ClientConnection(near as Socket, optionsWith(stats), {
    onConnected: () => {},
    onCapacity: () => {},
    onClosed: () => closed.resolve(),
  })
  near.emit('connect')
  for (let i = 0; i < requests; i++) {
    const { stream } = connection.open(new Asker(i, lines))
    stream.sendHead(requestTo(`/${i}`), true)
  }
  for (const piece of pieces) far.write(Buffer.from(piece))
  far.end()
  await closed.promise
  await setImmediate()
  const frames = framesOf(Buffer.concat(sent)).filter((it) => /^(goaway|reset|ping|conn)/.test(it))
  return {
    lines: [...lines, ...frames.map((it) => `sent ${it}`)],
    left: stats.activeStreams.value + stats.pendingSendBytes.value,
  }
}

function requestTo(path: string): RequestHead {
  const headers = new HeaderList()
  return { method: 'GET', path, authority: 'a', scheme: 'http', version: '2', headers }
}

function optionsWith(stats: ReturnType<typeof http2Stats>) {
  return {
    connectEvent: 'connect',
    connectTimeoutMs: Number.POSITIVE_INFINITY,
    idleTimeoutMs: Number.POSITIVE_INFINITY,
    maxRequestsPerConnection: Number.POSITIVE_INFINITY,
    deadlines: new Deadlines({ setTimeout: () => 0, clearTimeout: () => {} }),
    http2: resolveHttp2Options({}),
    limits: { maxHeadBytes: 3000, maxHeaders: 20 },
    stats,
  } as const
}

/** Writes down what comes of a request. */
class Asker implements MessageReceiver<ResponseHead> {
  readonly #index: number
  readonly #lines: string[]
  #body = ''

  constructor(index: number, lines: string[]) {
    this.#index = index
    this.#lines = lines
  }

  onInterim(head: ResponseHead): void {
    this.#tell(`interim ${JSON.stringify([head.status, ...head.headers])}`)
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    this.#tell(`head ${JSON.stringify([head.status, ...head.headers])}`)
    if (endStream) this.#tell('end')
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    this.#body += Buffer.from(chunk).toString('latin1')
    if (endStream) this.#tell(`end ${this.#body}`)
  }

  onTrailers(trailers: HeaderList): void {
    this.#tell(`end ${this.#body} ${JSON.stringify([...trailers])}`)
  }

  /** How much of the body was told before depends on how far a piece went of what is more than its length. */
  onReset(reason: string): void {
    this.#tell(`reset ${reason}`)
  }

  onWritable(): void {}

  #tell(line: string): void {
    this.#lines.push(`${this.#index} ${line}`)
  }
}
