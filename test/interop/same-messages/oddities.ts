/** One way to be odd: changes the parts of a request. */
interface Oddity {
  readonly name: string
  change(parts: Parts): void
}

/** A request before it becomes text. */
export interface Parts {
  before: string
  method: string
  target: string
  version: string
  lineEnd: string
  host: readonly string[]
  headers: string[]
  framing: readonly string[]
  body: string
}

/** The framing of a body in chunks. */
export const chunked: readonly string[] = ['Transfer-Encoding: chunked']

function setting(name: string, part: keyof Parts, values: readonly string[]): Oddity[] {
  return values.map((value) => ({
    name: `${name} ${JSON.stringify(value).slice(0, 40)}`,
    change: (parts) => Object.assign(parts, { [part]: value }),
  }))
}

function header(...lines: string[]): Oddity {
  return {
    name: `header ${JSON.stringify(lines.join('\n')).slice(0, 60)}`,
    change: (parts) => parts.headers.push(...lines),
  }
}

function framed(name: string, framing: readonly string[], body: string): Oddity {
  return {
    name: `framing ${name}`,
    change: (parts) => Object.assign(parts, { method: 'POST', framing, body }),
  }
}

const chunk = (body: string): Oddity =>
  framed(`chunk ${JSON.stringify(body).slice(0, 50)}`, chunked, body)
const te = (value: string): Oddity =>
  framed(
    `coding ${JSON.stringify(value)}`,
    [`Transfer-Encoding: ${value}`],
    '5\r\nhello\r\n0\r\n\r\n',
  )
const length = (value: string): Oddity =>
  framed(`length ${JSON.stringify(value)}`, [`Content-Length: ${value}`], 'hello')

/** Every oddity. */
export const oddities: readonly Oddity[] = [
  ...setting('before', 'before', ['\r\n', '\r\n\r\n', '\n', ' ', '\0', '\x16\x03\x01']),
  ...setting('method', 'method', [
    '',
    'get',
    'HEAD',
    'TRACE',
    'PURGE',
    'G@T',
    'G T',
    'GE\tT',
    'G\x80T',
    'M-SEARCH',
    'PROPFIND',
    'LONGMETHODNAMETHATNOBODYKNOWS',
  ]),
  ...setting('target', 'target', [
    '',
    '*',
    'a',
    'http://other.test/abs?x',
    'http://other.test',
    'https://other.test/x',
    'ftp://other.test/x',
    'http:///x',
    'http://user@other.test/x',
    '//a',
    '/a b',
    '/a\tb',
    '/\0',
    '/%00',
    '/%2e%2e/%2F',
    '/a/../b/./c',
    '/a#f',
    '/a?b#f',
    '/\xe9',
    '/"<>\\^`{|}',
    '/a;p=1',
    `/${'x'.repeat(9000)}`,
    '/\x7f',
    '?x',
    '/?',
  ]),
  ...setting('version', 'version', [
    '',
    'HTTP/1.0',
    'HTTP/1.2',
    'HTTP/0.9',
    'HTTP/2.0',
    'http/1.1',
    'HTTP/1.1 ',
    'HTTP/1',
    'HTTP/1.10',
    'HTTP/11',
    'HTTPS/1.1',
  ]),
  ...setting('line end', 'lineEnd', ['\n', '\r', '\r\r\n', '\n\r']),
  ...(
    [
      [],
      ['a', 'b'],
      ['a', 'a'],
      [''],
      ['a b'],
      ['a,b'],
      ['user@a'],
      ['a:80:80'],
      ['a:'],
      ['[::1]'],
      ['[::1'],
      ['a/b'],
      ['\xe9'],
      ['a?b'],
      ['.'],
      ['a:99999'],
    ] as const
  ).map(
    (host): Oddity => ({
      name: `host ${JSON.stringify(host)}`,
      change: (parts) => Object.assign(parts, { host }),
    }),
  ),
  ...[
    'X-Empty:',
    'X-Tab:\ta\t',
    'X-Space:    a   ',
    'X : a',
    ' X: a',
    'X\t: a',
    ': a',
    'X',
    'X a: b',
    'X@: a',
    'X(: a',
    'X_under: a',
    'X.dot: a',
    'X-High: \xe9',
    'X-Nul: a\0b',
    'X-Del: a\x7fb',
    'X-Ctl: a\x01b',
    'X-Cr: a\rb',
    'X-Lf: a\nb',
    'X\xe9: a',
    'X-Fold: a\r\n b',
    'X-Fold: a\r\n\tb',
    `X-Long: ${'y'.repeat(20_000)}`,
    `X-Longer: ${'y'.repeat(70_000)}`,
    `${'n'.repeat(300)}: a`,
    'Connection: keep-alive',
    'Connection: x-place',
    'Connection: close, x-place',
    'Connection: te',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: x',
    'TE: trailers',
    'TE: gzip',
    'Trailer: x',
    'Expect: 100-continue',
    'Expect: something',
    'Upgrade: h2c',
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Proto: ftp',
    'X-Forwarded-Host: a',
    'X-Request-Id: mine',
    'X-Envoy-Internal: true',
    'X-Envoy-Retry-On: 5xx',
    'X-Envoy-Original-Path: /x',
    'X-Envoy-Upstream-Rq-Timeout-Ms: 100000',
    'Forwarded: for=1.2.3.4',
    ':path: /x',
    ':authority: x',
    'X-Envoy-Decorator-Operation: x',
    'X-Envoy-Expected-Rq-Timeout-Ms: 5',
    'X-Envoy-Attempt-Count: 7',
    'X-Envoy-External-Address: 8.8.8.8',
    'Authorization: Basic YTpi',
    'Range: bytes=0-1',
    'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  ].map((line) => header(line)),
  header('Connection: Upgrade', 'Upgrade: websocket'),
  header(
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  ),
  header(...Array.from({ length: 90 }, (_, i) => `X-${i}: ${i}`)),
  header(...Array.from({ length: 150 }, (_, i) => `X-${i}: ${i}`)),
  ...[
    'chunked',
    'Chunked',
    'CHUNKED',
    ' chunked ',
    'chunked,',
    ',chunked',
    'chunked, chunked',
    'gzip, chunked',
    'chunked, gzip',
    'identity',
    'gzip',
    '',
    'chunked;a=b',
    '"chunked"',
    'x-chunked',
    '\x0bchunked',
    'identity, chunked',
  ].map(te),
  ...[
    '5',
    '05',
    '+5',
    '-5',
    ' 5 ',
    '5,5',
    '5, 5',
    '0x5',
    '5.0',
    '5e0',
    '',
    'five',
    '18446744073709551616',
    '99999999999999999999999',
    '5 5',
    '\x0b5',
    '5;',
  ].map(length),
  framed('length twice, equal', ['Content-Length: 5', 'Content-Length: 5'], 'hello'),
  framed('length twice, different', ['Content-Length: 5', 'Content-Length: 6'], 'hello!'),
  framed(
    'length and chunked',
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    '5\r\nhello\r\n0\r\n\r\n',
  ),
  framed(
    'chunked and length',
    ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    '5\r\nhello\r\n0\r\n\r\n',
  ),
  framed(
    'chunked twice',
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    '5\r\nhello\r\n0\r\n\r\n',
  ),
  framed(
    'chunked and identity',
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    '5\r\nhello\r\n0\r\n\r\n',
  ),
  framed('length of a GET', ['Content-Length: 0'], ''),
  chunk('5;ext\r\nhello\r\n0\r\n\r\n'),
  chunk('5;ext=val\r\nhello\r\n0\r\n\r\n'),
  chunk('5;ext="a;b"\r\nhello\r\n0\r\n\r\n'),
  chunk('5 \r\nhello\r\n0\r\n\r\n'),
  chunk(' 5\r\nhello\r\n0\r\n\r\n'),
  chunk('5\t;x\r\nhello\r\n0\r\n\r\n'),
  chunk('0005\r\nhello\r\n0\r\n\r\n'),
  chunk('00000000000000000000005\r\nhello\r\n0\r\n\r\n'),
  chunk('+5\r\nhello\r\n0\r\n\r\n'),
  chunk('-5\r\nhello\r\n0\r\n\r\n'),
  chunk('0x5\r\nhello\r\n0\r\n\r\n'),
  chunk('g\r\nhello\r\n0\r\n\r\n'),
  chunk('\r\nhello\r\n0\r\n\r\n'),
  chunk('5\nhello\n0\n\n'),
  chunk('5\r\nhello\n0\r\n\r\n'),
  chunk('5\rhello\r\n0\r\n\r\n'),
  chunk('5\r\nhelloXX0\r\n\r\n'),
  chunk('4\r\nhello\r\n0\r\n\r\n'),
  chunk('6\r\nhello\r\n0\r\n\r\n'),
  chunk('ffffffffffffffffff\r\nhello\r\n0\r\n\r\n'),
  chunk('A\r\n0123456789\r\n00\r\n\r\n'),
  chunk('a\r\n0123456789\r\n0;x\r\n\r\n'),
  chunk('5\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n'),
  chunk('5\r\nhello\r\n0\r\nHost: evil\r\n\r\n'),
  chunk('5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n'),
  chunk('5\r\nhello\r\n0\r\nX : a\r\n\r\n'),
  chunk('5\r\nhello\r\n0\r\nX-Fold: a\r\n b\r\n\r\n'),
  chunk('5\r\nhello\r\n0\r\n\n'),
  chunk('5;a\rb\r\nhello\r\n0\r\n\r\n'),
  chunk('5;a\0b\r\nhello\r\n0\r\n\r\n'),
  chunk(`5;${'e'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
  framed('body of a HEAD', ['Content-Length: 5'], 'hello'),
]
