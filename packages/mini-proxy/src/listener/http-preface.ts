/** `more`: undecided until more bytes are there; undefined: not HTTP. */
export type HttpPreface = 'http/1.0' | 'http/1.1' | 'h2c' | 'more' | undefined

/**
 * Tells from its first bytes whether a connection speaks HTTP: the preface of HTTP/2, or a request line.
 *
 * A request line longer than 8 KiB is not recognized.
 */
export function readHttpPreface(bytes: Uint8Array): HttpPreface {
  const text = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    Math.min(bytes.length, maxLine),
  ).toString('latin1')
  if (text.startsWith(http2Preface)) return 'h2c'
  if (http2Preface.startsWith(text)) return 'more'
  const end = text.indexOf('\n')
  if (end !== -1) return versionOf(text.slice(0, end))
  return beginsLikeRequest.test(text) && bytes.length < maxLine ? 'more' : undefined
}

const maxLine = 8192
const http2Preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
/** A method of at most 32 token characters, then anything without a line break. */
const beginsLikeRequest = /^[A-Za-z!#$%&'*+.^_`|~-]{1,32}(?: [^\r\n]*\r?)?$/
const requestLine = /^[A-Za-z!#$%&'*+.^_`|~-]{1,32} [^ ]+ HTTP\/(1\.[01])\r?$/

function versionOf(line: string): HttpPreface {
  const version = requestLine.exec(line)?.[1]
  if (version === undefined) return undefined
  return version === '1.0' ? 'http/1.0' : 'http/1.1'
}
