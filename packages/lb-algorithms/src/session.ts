import { fromBase64, toBase64 } from './base64.ts'
import { bytesOf } from './bytes-of.ts'
import { checkNumber } from './host-set-settings.ts'

/** What a client brings back, so that its requests go to the same host. */
export interface Session {
  /** Address of the host. */
  readonly address: string
  /** When it ends, in seconds since 1970. Default: never. */
  readonly expires?: number
}

/**
 * The value of a session cookie, as Envoy's `stateful_session.cookie` writes it: base64 of a message of the address and, if
 * it ends, when.
 *
 * @throws {HostSetError} if the end is no second since 1970
 */
export function sessionCookie({ address, expires }: Session): string {
  if (expires !== undefined) checkNumber('expires', expires, [0, Number.MAX_SAFE_INTEGER])
  const name = bytesOf(address)
  return toBase64(
    Uint8Array.from([
      addressTag,
      ...varint(name.length),
      ...name,
      ...(expires === undefined ? [] : [expiresTag, ...varint(Math.floor(expires))]),
    ]),
  )
}

/** The value of a session header, as Envoy's `stateful_session.header` writes it: base64 of the address. */
export function sessionHeader(address: string): string {
  return toBase64(bytesOf(address))
}

/**
 * The address in a session cookie or header; undefined if it is none or has ended. Values are taken as they come from clients:
 * whatever they say, the host must be in the set to be used.
 *
 * @param nowSeconds since 1970
 */
export function hostOfSession(value: string, nowSeconds: number): string | undefined {
  if (value.length > maxLength) return undefined
  const bytes = fromBase64(value)
  if (bytes === undefined || bytes.length === 0) return undefined
  const session = readMessage(bytes)
  if (session === undefined) return text(bytes)
  const { address, expires } = session
  if (address === '' || (expires !== undefined && expires < nowSeconds)) return undefined
  return address
}

const addressTag = 0x0a
const expiresTag = 0x10
/** No address is as long. */
const maxLength = 1024
const seven = 0x7f

function* varint(value: number): Generator<number> {
  let left = value
  for (; left > seven; left = Math.floor(left / (seven + 1)))
    yield (left % (seven + 1)) | (seven + 1)
  yield left
}

/** Undefined if the bytes are no such message: then they are an address. */
function readMessage(bytes: Uint8Array): Session | undefined {
  const reader = new Reader(bytes)
  let address = ''
  let expires: number | undefined
  while (!reader.atEnd) {
    const tag = reader.byte()
    if (tag === addressTag) address = text(reader.take(reader.varint()))
    else if (tag === expiresTag) expires = reader.varint()
    else return undefined
    if (reader.failed) return undefined
  }
  return { address, ...(expires !== undefined && expires !== 0 && { expires }) }
}

class Reader {
  failed = false
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    if (this.atEnd) this.failed = true
    return this.#bytes[this.#at++] ?? 0
  }

  varint(): number {
    let value = 0
    for (let shift = 1; !this.failed; shift *= seven + 1) {
      const byte = this.byte()
      value += (byte & seven) * shift
      if (byte <= seven) break
      if (shift > Number.MAX_SAFE_INTEGER) this.failed = true
    }
    return value
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) this.failed = true
    const start = this.#at
    this.#at += length
    return this.#bytes.subarray(start, this.#at)
  }
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
