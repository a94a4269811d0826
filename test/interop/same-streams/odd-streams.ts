/** A request over HTTP/2, whatever is wrong with it. Each character is one byte. */
export interface OddStream {
  readonly name: string
  readonly fields: readonly Field[]
  /** Undefined: the head ends the stream. */
  readonly body?: string
  readonly trailers?: readonly Field[]
}

export type Field = readonly [name: string, value: string]

const method: Field = [':method', 'GET']
const scheme: Field = [':scheme', 'http']
const authority: Field = [':authority', 'shop.test']
const path: Field = [':path', '/a?x=1']
const plain: readonly Field[] = [method, scheme, authority, path]
const post: readonly Field[] = [[':method', 'POST'], scheme, authority, path]

const withHeader = (...more: readonly Field[]): OddStream => ({
  name: `header ${JSON.stringify(more).slice(0, 70)}${more.length > 2 ? ` of ${more.length}` : ''}`,
  fields: [...plain, ...more],
})
const withPseudo = (name: string, ...values: readonly string[]): OddStream => ({
  name: `${name} ${JSON.stringify(values).slice(0, 50)}`,
  fields: plain.flatMap((it) =>
    it[0] === name ? values.map((value): Field => [name, value]) : [it],
  ),
})
const withBody = (name: string, body: string, ...more: readonly Field[]): OddStream => ({
  name: `body ${name}`,
  fields: [...post, ...more],
  body,
})
const withTrailers = (...trailers: readonly Field[]): OddStream => ({
  name: `trailers ${JSON.stringify(trailers).slice(0, 60)}`,
  fields: post,
  body: 'hello',
  trailers,
})

/** Requests that are plain, and requests that are not. */
export const streams: readonly OddStream[] = [
  { name: 'plain', fields: plain },
  { name: 'plain with a body', fields: post, body: 'hello' },
  {
    name: 'plain with a body and its length',
    fields: [...post, ['content-length', '5']],
    body: 'hello',
  },
  { name: 'fields in another order', fields: [path, authority, method, scheme] },
  {
    name: 'a pseudo-header after a header',
    fields: [method, scheme, ['x-a', 'b'], authority, path],
  },
  { name: 'no fields', fields: [] },
  ...[':method', ':scheme', ':path', ':authority'].map((name): OddStream => withPseudo(name)),
  withPseudo(':method', 'GET', 'GET'),
  withPseudo(':path', '/', '/b'),
  withPseudo(':authority', 'a', 'b'),
  withPseudo(':scheme', 'http', 'http'),
  ...[
    '',
    'get',
    'PURGE',
    'G T',
    'G\tT',
    'G@T',
    'G\0T',
    'HEAD',
    'OPTIONS',
    'TRACE',
    'M-SEARCH',
    'UNKNOWN',
  ].map((it) => withPseudo(':method', it)),
  ...['', 'https', 'ftp', 'HTTP', 'h ttp'].map((it) => withPseudo(':scheme', it)),
  ...[
    '',
    '*',
    'a',
    'http://other.test/x',
    '//a',
    '/a b',
    '/a\tb',
    '/\0',
    '/%00',
    '/%2e%2e/%2F',
    '/a/../b',
    '/a#f',
    '/\xe9',
    '/"<>',
    `/${'x'.repeat(9000)}`,
    '/\x7f',
    '?x',
  ].map((it) => withPseudo(':path', it)),
  ...[
    '',
    'a:80',
    'a b',
    'a,b',
    'user@a',
    'a:80:80',
    '[::1]',
    '[::1',
    'a/b',
    '\xe9',
    'a?b',
    'a:',
    'SHOP.test',
  ].map((it) => withPseudo(':authority', it)),
  { name: 'another pseudo-header', fields: [...plain, [':other', 'x']] },
  { name: 'a pseudo-header of responses', fields: [...plain, [':status', '200']] },
  { name: 'a protocol without CONNECT', fields: [...plain, [':protocol', 'websocket']] },
  { name: 'host in place of authority', fields: [method, scheme, path, ['host', 'shop.test']] },
  withHeader(['host', 'shop.test']),
  withHeader(['host', 'other.test']),
  withHeader(['X-Upper', 'a']),
  withHeader(['x a', 'b']),
  withHeader(['x(', 'b']),
  withHeader(['', 'b']),
  withHeader(['x_under', 'b']),
  withHeader(['x\xe9', 'b']),
  withHeader(['x-empty', '']),
  withHeader(['x-space', ' a ']),
  withHeader(['x-tab', 'a\tb']),
  withHeader(['x-nul', 'a\0b']),
  withHeader(['x-cr', 'a\rb']),
  withHeader(['x-lf', 'a\nb']),
  withHeader(['x-del', 'a\x7fb']),
  withHeader(['x-ctl', 'a\x01b']),
  withHeader(['x-high', '\xe9']),
  withHeader(['connection', 'close']),
  withHeader(['connection', 'keep-alive']),
  withHeader(['keep-alive', 'timeout=5']),
  withHeader(['proxy-connection', 'keep-alive']),
  withHeader(['transfer-encoding', 'chunked']),
  withHeader(['upgrade', 'websocket']),
  withHeader(['te', 'trailers']),
  withHeader(['te', 'gzip']),
  withHeader(['te', 'trailers, gzip']),
  withHeader(['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA']),
  withHeader(['cookie', 'a=b'], ['cookie', 'c=d']),
  withHeader(['x-multi', 'a'], ['x-multi', 'b']),
  withHeader(['expect', '100-continue']),
  withHeader(['expect', 'something']),
  withHeader(['x-forwarded-for', '1.2.3.4'], ['x-forwarded-proto', 'https']),
  withHeader(['x-request-id', 'mine']),
  withHeader(['x-envoy-internal', 'true'], ['x-envoy-retry-on', '5xx']),
  withHeader(['x-long', 'y'.repeat(20_000)]),
  withHeader(['x-longer', 'y'.repeat(70_000)]),
  withHeader(...Array.from({ length: 90 }, (_, i): Field => [`x-${i}`, 'a'])),
  withHeader(...Array.from({ length: 150 }, (_, i): Field => [`x-${i}`, 'a'])),
  withHeader(['content-length', '0']),
  withHeader(['content-length', '5']),
  withBody('shorter than its length', 'hell', ['content-length', '5']),
  withBody('longer than its length', 'hello!', ['content-length', '5']),
  withBody('with a length that is no number', 'hello', ['content-length', 'five']),
  withBody('with a signed length', 'hello', ['content-length', '+5']),
  withBody('with two lengths', 'hello', ['content-length', '5'], ['content-length', '5']),
  withBody('with two different lengths', 'hello', ['content-length', '5'], ['content-length', '6']),
  withBody('that is empty', ''),
  { name: 'a body of a GET', fields: plain, body: 'hello' },
  {
    name: 'a body of a HEAD',
    fields: [[':method', 'HEAD'], scheme, authority, path],
    body: 'hello',
  },
  withTrailers(['x-sum', '7']),
  withTrailers([':path', '/b']),
  withTrailers([':status', '200']),
  withTrailers(['connection', 'close']),
  withTrailers(['X-Upper', 'a']),
  withTrailers(['content-length', '9']),
  withTrailers(['host', 'evil']),
  {
    name: 'CONNECT',
    fields: [
      [':method', 'CONNECT'],
      ['authority', 'a:80'],
    ],
  },
  {
    name: 'CONNECT with a path',
    fields: [[':method', 'CONNECT'], scheme, [':authority', 'a:80'], path],
  },
  {
    name: 'CONNECT to a port',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'a:80'],
    ],
  },
  {
    name: 'extended CONNECT',
    fields: [[':method', 'CONNECT'], [':protocol', 'websocket'], scheme, authority, path],
  },
]
