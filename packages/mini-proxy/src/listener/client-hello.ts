/** What a ClientHello says before anything is encrypted. */
interface ClientHello {
  /** Lower case. */
  readonly serverName: string | undefined
  readonly alpn: readonly string[]
}

/** Undecided until more bytes are there; `other` is not a TLS handshake, or a broken one. */
export type ClientHelloResult =
  | { readonly kind: 'tls'; readonly hello: ClientHello }
  | { readonly kind: 'more' }
  | { readonly kind: 'other' }

/**
 * Reads the first bytes of a connection as a TLS ClientHello, which may span records and segments.
 *
 * Takes everything received so far; the caller bounds it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2
 */
export function readClientHello(bytes: Uint8Array): ClientHelloResult {
  const message = handshakeMessage(bytes)
  if (message === 'more' || message === 'other') return { kind: message }
  const hello = parseHello(new Reader(message))
  return hello === undefined ? { kind: 'other' } : { kind: 'tls', hello }
}

const handshakeRecord = 22
const clientHelloType = 1
const maxRecordLength = 16_640
/** A hello in more pieces than this is nobody's but an attacker's: joining them costs. */
const maxRecords = 16
const serverNameExtension = 0
const alpnExtension = 16

/** The ClientHello's body, put together from its records. */
function handshakeMessage(bytes: Uint8Array): Uint8Array | 'more' | 'other' {
  let collected = new Uint8Array(0)
  let at = 0
  for (let record = 0; record < maxRecords; record++) {
    const header = recordHeader(bytes, at)
    if (typeof header === 'string') return header
    const end = Math.min(at + 5 + header.size, bytes.length)
    collected = concat(collected, bytes.subarray(at + 5, end))
    const body = helloBody(collected)
    if (body !== 'more') return body
    if (end < at + 5 + header.size) return 'more'
    at = end
  }
  return 'other'
}

function recordHeader(bytes: Uint8Array, at: number): { size: number } | 'more' | 'other' {
  const [type, major] = [bytes[at], bytes[at + 1]]
  if (type === undefined) return 'more'
  if (type !== handshakeRecord || (major !== undefined && major !== 3)) return 'other'
  const [high, low] = [bytes[at + 3], bytes[at + 4]]
  if (high === undefined || low === undefined) return 'more'
  const length = (high << 8) | low
  return length === 0 || length > maxRecordLength ? 'other' : { size: length }
}

function helloBody(message: Uint8Array): Uint8Array | 'more' | 'other' {
  if (message.length === 0) return 'more'
  if (message[0] !== clientHelloType) return 'other'
  if (message.length < 4) return 'more'
  const length = ((message[1] ?? 0) << 16) | ((message[2] ?? 0) << 8) | (message[3] ?? 0)
  return message.length < 4 + length ? 'more' : message.subarray(4, 4 + length)
}

function parseHello(reader: Reader): ClientHello | undefined {
  // legacy_version and random
  reader.skip(34)
  reader.vector(1)
  reader.vector(2)
  reader.vector(1)
  if (reader.failed) return undefined
  let serverName: string | undefined
  let alpn: string[] = []
  const extensions = reader.atEnd ? new Reader(new Uint8Array(0)) : reader.vector(2)
  while (!extensions.atEnd && !extensions.failed) {
    const type = extensions.number(2)
    const body = extensions.vector(2)
    if (type === serverNameExtension) serverName = readServerName(body)
    if (type === alpnExtension) alpn = readAlpn(body)
  }
  return reader.failed || extensions.failed ? undefined : { serverName, alpn }
}

function readServerName(body: Reader): string | undefined {
  const names = body.vector(2)
  while (!names.atEnd && !names.failed) {
    const type = names.number(1)
    const name = names.vector(2).text()
    if (type === 0 && name !== '') return name.toLowerCase()
  }
  return undefined
}

function readAlpn(body: Reader): string[] {
  const list = body.vector(2)
  const protocols: string[] = []
  while (!list.atEnd && !list.failed) protocols.push(list.vector(1).text())
  return protocols
}

/** Walks length-prefixed fields; past the end it gives zeros and says so in `failed`. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  failed = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  skip(count: number): void {
    this.#take(count)
  }

  number(size: 1 | 2): number {
    let value = 0
    for (const byte of this.#take(size)) value = value * 256 + byte
    return value
  }

  vector(lengthSize: 1 | 2): Reader {
    return new Reader(this.#take(this.number(lengthSize)))
  }

  text(): string {
    return String.fromCharCode(...this.#bytes)
  }

  #take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) this.failed = true
    const taken = this.#bytes.subarray(this.#at, this.#at + count)
    this.#at += count
    return taken
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
