import type { HeaderList } from '../../src/http/header-list.ts'
import type { MessageParser } from '../../src/http1/message-parser.ts'
import { createRequestParser } from '../../src/http1/request-parser.ts'
import { createResponseParser } from '../../src/http1/response-parser.ts'

/** What a fuzzing of the HTTP/1 parsers has seen. */
export interface Http1FuzzReport {
  readonly connections: number
  readonly messages: number
  /** Connections that ended with a fault. */
  readonly faults: number
  /** Connections of which the cut bytes told something else than the whole ones; the first few in full. */
  readonly differences: number
  readonly examples: readonly object[]
}

/** Changes the chunks that one of the two parsers gets. */
export type PlantedHttp1Fault = (chunk: Buffer) => Buffer

const limits = { maxHeadBytes: 600, maxHeaders: 12, trailers: true }

/** Gives the bytes of drawn connections to a parser at once, and cut anywhere to another. */
export function fuzzHttp1(
  random: () => number,
  connections: number,
  planted: PlantedHttp1Fault = (it) => it,
): Http1FuzzReport {
  let messages = 0
  let faults = 0
  const different: object[] = []
  for (let i = 0; i < connections; i++) {
    const kind = random() < 0.6 ? 'requests' : 'responses'
    const bytes = drawConnection(random, kind)
    const cuts = drawCuts(random, bytes.length)
    const whole = told(kind, [bytes])
    const cut = told(kind, inPieces(bytes, cuts).map(planted))
    messages += whole.filter((it) => it.startsWith('head')).length
    const ends = whole.findIndex((it) => it.startsWith('fault'))
    faults += ends === -1 ? 0 : 1
    const toldAfterTheEnd = ends !== -1 && ends !== whole.length - 1
    if (toldAfterTheEnd || whole.join('\n') !== cut.join('\n')) {
      different.push({ kind, bytes: bytes.toString('latin1'), cuts, whole, cut })
    }
  }
  return {
    connections,
    messages,
    faults,
    differences: different.length,
    examples: different.slice(0, 3),
  }
}

/** Faults of the kinds that a parser may have which puts chunks together. */
export const plantedHttp1Faults: Readonly<Record<string, PlantedHttp1Fault>> = {
  'the last byte of a chunk lost': (it) => it.subarray(0, -1),
  'a chunk of one byte lost': (it) => (it.length === 1 ? Buffer.alloc(0) : it),
  'a line end at the beginning of a chunk overlooked': (it) =>
    it[0] === 0x0d || it[0] === 0x0a ? it.subarray(1) : it,
  'a short chunk with other bytes': (it) =>
    it.length > 1 && it.length < 9 ? Buffer.from(it.map((byte) => byte ^ 1)) : it,
}

function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  return [...cuts, bytes.length].map((cut, i) => bytes.subarray(cuts[i - 1] ?? 0, cut))
}

/** What a parser tells of pieces, one line each; pieces of a body are put together. */
function told(kind: 'requests' | 'responses', pieces: readonly Buffer[]): string[] {
  const lines: string[] = []
  const recorder = recordMessages(lines)
  const parser: MessageParser =
    kind === 'requests'
      ? createRequestParser(recorder, { limits })
      : createResponseParser(recorder, limits)
  for (const piece of pieces) {
    // A copy, spoilt afterwards: whoever keeps the bytes of a read is found out.
    const chunk = Buffer.from(piece)
    // A parser that has told of a fault takes nothing more.
    for (let at = 0; at < chunk.length && !recorder.faulty; parser.next()) {
      at += parser.execute(chunk.subarray(at))
    }
    chunk.fill(0xa5)
  }
  recorder.end()
  return lines
}

const methods = ['GET', 'HEAD', 'POST', 'GET', 'CONNECT']

function recordMessages(lines: string[]) {
  let body = ''
  let answered = 0
  const tellHead = (head: { readonly headers: HeaderList }, more: object) => {
    lines.push(`head ${JSON.stringify({ ...head, ...more, headers: [...head.headers] })}`)
  }
  const end = () => {
    if (body !== '') lines.push(`body ${body}`)
    body = ''
  }
  return {
    faulty: false,
    end,
    request: () => ({ method: methods[answered % methods.length] ?? 'GET' }),
    onRequest: ({ head, ...more }: { head: { headers: HeaderList } }) => tellHead(head, more),
    onInterim: (head: { headers: HeaderList }) => tellHead(head, { interim: true }),
    onResponse({ head, ...more }: { head: { headers: HeaderList } }) {
      answered += 1
      tellHead(head, more)
    },
    onData(chunk: Buffer, endStream: boolean) {
      body += chunk.toString('hex')
      if (!endStream) return
      end()
      lines.push('end')
    },
    onTrailers(trailers: HeaderList) {
      end()
      lines.push(`trailers ${JSON.stringify([...trailers])}`)
    },
    onFault({ status, detail }: { status: number; detail: string }) {
      end()
      lines.push(`fault ${status} ${detail}`)
      this.faulty = true
    },
  }
}

function drawCuts(random: () => number, length: number): number[] {
  const count = random() < 0.2 ? length : Math.floor(random() * 20)
  const cuts = Array.from({ length: count }, () => Math.floor(random() * (length + 1)))
  return cuts.toSorted((a, b) => a - b)
}

/** Messages mostly in order; now and then bytes changed, put in, or taken out. */
function drawConnection(random: () => number, kind: 'requests' | 'responses'): Buffer {
  const below = (count: number) => Math.floor(random() * count)
  let text = ''
  for (let i = below(5); i >= 0; i--) text += drawMessage(random, kind)
  if (random() < 0.2) text = `${text}${odd[below(odd.length)]}`
  for (let i = random() < 0.4 ? 1 + below(3) : 0; i > 0; i--) {
    const at = below(text.length)
    text = text.slice(0, at) + odd[below(odd.length)] + text.slice(at + below(2))
  }
  return Buffer.from(text, 'latin1')
}

const odd = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  '0',
  'f',
  ';',
  '\0',
  '\x80',
  ',',
  'HTTP/1.0',
  '\r\nHost: b',
]

const lines = {
  requests: ['GET / HTTP/1.1', 'POST /a?b HTTP/1.1', 'GET http://a/b HTTP/1.1'],
  responses: ['HTTP/1.1 200 OK', 'HTTP/1.1 404', 'HTTP/1.1 500 '],
}

const fields = [
  'host: a',
  'accept: text/html',
  'X-Long: '.padEnd(180, 'v'),
  'connection: close',
  'connection: keep-alive, x-b',
  'expect: 100-continue',
  'te: trailers',
  'x-a:',
]

function drawMessage(random: () => number, kind: 'requests' | 'responses'): string {
  const among = (of: readonly string[]) => of[Math.floor(random() * of.length)] ?? ''
  const head = [among(lines[kind])]
  if (kind === 'requests' && random() < 0.9) head.push('host: a')
  while (random() < 0.5) head.push(among(fields))
  const size = Math.floor(random() * 40)
  const draw = random()
  if (draw < 0.4)
    return `${[...head, `content-length: ${size}`].join('\r\n')}\r\n\r\n${'b'.repeat(size)}`
  if (draw < 0.8)
    return `${[...head, 'transfer-encoding: chunked'].join('\r\n')}\r\n\r\n${chunked(random)}`
  return `${head.join('\r\n')}\r\n\r\n`
}

function chunked(random: () => number): string {
  let text = ''
  while (random() < 0.6) {
    const size = 1 + Math.floor(random() * 30)
    const extension = random() < 0.2 ? ';a="b"' : ''
    text += `${size.toString(16)}${extension}\r\n${'c'.repeat(size)}\r\n`
  }
  return `${text}0\r\n${random() < 0.3 ? 'x-t: 1\r\n' : ''}\r\n`
}
