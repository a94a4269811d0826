import type { Draw } from '../drawn/draw.ts'
import { chunked, oddities, type Parts } from './oddities.ts'

/** Bytes for one connection, and what is odd about them. */
export interface DrawnMessages {
  /** Name of the oddity; undefined: every request is plain. */
  readonly odd: string | undefined
  /** Each character is one byte. */
  readonly text: string
  /** Where the text is cut into writes. */
  readonly cuts: readonly number[]
}

/** What ends every connection: it is answered, or was taken for something else. */
const ending = 'GET /end HTTP/1.1\r\nHost: end\r\nConnection: close\r\n\r\n'

/** Draws the messages of the nth connection: one to three requests, and the ending. Four of five have an odd one, each oddity in turn. */
export function drawMessages(draw: Draw, nth: number): DrawnMessages {
  const count = draw.one([1, 1, 2, 3])
  const oddity = nth % 5 === 0 ? undefined : oddities[(nth - Math.ceil(nth / 5)) % oddities.length]
  const oddAt = Math.floor(draw.next() * count)
  const requests = Array.from({ length: count }, (_, i) => {
    const parts = plainParts(draw, i)
    if (i === oddAt) oddity?.change(parts)
    return textOf(parts)
  })
  const text = `${requests.join('')}${ending.repeat(3)}`
  const cuts = draw.maybe(0.3)
    ? []
    : Array.from({ length: 3 }, () => Math.floor(draw.next() * text.length))
  return { odd: oddity?.name, text, cuts: cuts.sort((a, b) => a - b) }
}

function plainParts(draw: Draw, i: number): Parts {
  const method = draw.one(['GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
  const body = method === 'GET' || method === 'DELETE' ? '' : draw.one(['', 'a', 'hello world'])
  const framing = body === '' ? [] : draw.one([lengthOf(body), chunked])
  return {
    before: '',
    method,
    target: `${draw.path(3)}${draw.one(['', '', '?q=1', '?a=b&c=%20d'])}`,
    version: 'HTTP/1.1',
    lineEnd: '\r\n',
    host: [draw.one(['shop.test', 'shop.test:80', 'SHOP.test'])],
    headers: [
      `x-place: ${i}`,
      ...draw.one([[], ['Accept: */*'], ['X-Multi: a', 'x-multi: b'], ['cookie: a=b; c=d']]),
    ],
    framing,
    body: framing === chunked ? chunkedBody(body, draw) : body,
  }
}

function lengthOf(body: string): readonly string[] {
  return [`Content-Length: ${body.length}`]
}

function chunkedBody(body: string, draw: Draw): string {
  const at = Math.floor(draw.next() * body.length)
  const pieces = [body.slice(0, at), body.slice(at)].filter((it) => it !== '')
  return `${pieces.map((it) => `${it.length.toString(16)}\r\n${it}\r\n`).join('')}0\r\n\r\n`
}

function textOf({
  before,
  method,
  target,
  version,
  lineEnd,
  host,
  headers,
  framing,
  body,
}: Parts): string {
  const lines = [
    [method, target, version].filter((it) => it !== '').join(' '),
    ...host.map((it) => `Host: ${it}`),
    ...headers,
    ...framing,
  ]
  return `${before}${lines.map((it) => it + lineEnd).join('')}${lineEnd}${body}`
}
