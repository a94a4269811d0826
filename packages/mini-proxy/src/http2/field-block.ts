import type { HpackSink } from '../hpack/hpack-sink.ts'
import { HeaderList } from '../http/header-list.ts'
import { type Http2Fault, malformed } from './http2-fault.ts'

/** How much of a field section a peer may make this side hold. */
export interface FieldLimits {
  /** Bytes of names and values. Envoy: max_request_headers_kb. */
  readonly maxHeadBytes: number
  /** Fields, pseudo fields among them. Envoy: max_headers_count. */
  readonly maxHeaders: number
}

/** Where a request wants to go, and how. */
export interface RequestLine {
  readonly method: string
  readonly path: string
  readonly authority: string
  readonly scheme: string
}

/**
 * Gathers the fields of one section as they are decompressed, strictly (RFC 9113 8.2): whatever a hop that speaks HTTP/1
 * could read in another way is a fault. A section that is too long is read to its end, and forgotten.
 *
 * Made ready again by `begin`.
 */
export class FieldBlock implements HpackSink {
  readonly #limits: FieldLimits
  #flat: string[] = []
  #bytes = 0
  #count = 0
  #secretNames: Set<string> | undefined
  #cookieAt = -1
  #regular = false
  method: string | undefined
  scheme: string | undefined
  path: string | undefined
  authority: string | undefined
  protocol: string | undefined
  status: string | undefined
  host: string | undefined
  expect: string | undefined
  /** -1: none was said. */
  contentLength = -1
  fault: Http2Fault | undefined
  overflow = false
  /** What the request line of HTTP/1 would say, once that is known to be well formed. */
  target: RequestLine | undefined
  /** The same of the status; 0: not known yet. */
  statusCode = 0

  constructor(limits: FieldLimits) {
    this.#limits = limits
  }

  begin(): void {
    this.#flat = []
    this.#bytes = 0
    this.#count = 0
    this.#secretNames = undefined
    this.#cookieAt = -1
    this.#regular = false
    this.method = undefined
    this.scheme = undefined
    this.path = undefined
    this.authority = undefined
    this.protocol = undefined
    this.status = undefined
    this.host = undefined
    this.expect = undefined
    this.contentLength = -1
    this.fault = undefined
    this.overflow = false
    this.target = undefined
    this.statusCode = 0
  }

  /** All is well, and nothing of it secret. */
  get mayBeKept(): boolean {
    return this.fault === undefined && !this.overflow && this.#secretNames === undefined
  }

  /** The regular fields, in a list of their own. */
  takeHeaders(): HeaderList {
    const list = new HeaderList(this.#flat.slice())
    list.secretNames = this.#secretNames
    return list
  }

  /** A pseudo field of a request was among them. */
  get hasRequestPseudo(): boolean {
    const { method, scheme, path, authority, protocol } = this
    return (method ?? scheme ?? path ?? authority ?? protocol) !== undefined
  }

  onHeader(name: string, value: string, wellFormed: boolean, secret: boolean): void {
    this.#bytes += name.length + value.length
    this.#count += 1
    if (this.#bytes > this.#limits.maxHeadBytes || this.#count > this.#limits.maxHeaders) {
      this.overflow = true
      return
    }
    if (this.fault !== undefined) return
    if (secret) this.#addSecret(name)
    if (!wellFormed) this.fault = malformed('malformed field')
    else if (name.charCodeAt(0) === colon) this.fault = this.#takePseudo(name, value)
    else this.fault = this.#take(name, value)
  }

  #addSecret(name: string): void {
    this.#secretNames ??= new Set()
    this.#secretNames.add(name)
  }

  #takePseudo(name: string, value: string): Http2Fault | undefined {
    if (this.#regular) return malformed('pseudo field after others')
    const before = this.#pseudo(name)
    if (before === null) return malformed('unknown pseudo field')
    if (before !== undefined) return malformed('pseudo field twice')
    this.#setPseudo(name, value)
    return undefined
  }

  /** Null: there is no such field. */
  #pseudo(name: string): string | undefined | null {
    switch (name) {
      case ':method':
        return this.method
      case ':scheme':
        return this.scheme
      case ':path':
        return this.path
      case ':authority':
        return this.authority
      case ':protocol':
        return this.protocol
      case ':status':
        return this.status
      default:
        return null
    }
  }

  #setPseudo(name: string, value: string): void {
    switch (name) {
      case ':method':
        this.method = value
        break
      case ':scheme':
        this.scheme = value
        break
      case ':path':
        this.path = value
        break
      case ':authority':
        this.authority = value
        break
      case ':protocol':
        this.protocol = value
        break
      default:
        this.status = value
    }
  }

  #take(name: string, value: string): Http2Fault | undefined {
    this.#regular = true
    const special = specials.get(name)
    if (special === undefined) {
      this.#flat.push(name, value)
      return undefined
    }
    return special === 'hop' ? malformed('field of one connection') : this.#takeSpecial(name, value)
  }

  #takeSpecial(name: string, value: string): Http2Fault | undefined {
    switch (name) {
      case 'te':
        if (value !== 'trailers') return malformed('te other than trailers')
        break
      case 'host':
        if (this.host !== undefined) return malformed('more than one host')
        this.host = value
        return undefined
      case 'expect':
        if (this.expect !== undefined) return malformed('more than one expect')
        this.expect = value.toLowerCase()
        return undefined
      case 'cookie':
        return this.#takeCookie(value)
      default:
        if (this.contentLength !== -1) return malformed('more than one content-length')
        if (!lengthValue.test(value)) return malformed('malformed content-length')
        this.contentLength = Number(value)
    }
    this.#flat.push(name, value)
    return undefined
  }

  /** Crumbs are put together, as HTTP/1 knows but one line of them (RFC 9113 8.2.3). */
  #takeCookie(value: string): undefined {
    if (this.#cookieAt === -1) {
      this.#flat.push('cookie', value)
      this.#cookieAt = this.#flat.length - 1
    } else {
      this.#flat[this.#cookieAt] = `${this.#flat[this.#cookieAt]}; ${value}`
    }
    return undefined
  }
}

const colon = 58
/** Exactly representable. */
const lengthValue = /^\d{1,15}$/

const specials: ReadonlyMap<string, 'hop' | 'own'> = new Map([
  ['connection', 'hop'],
  ['keep-alive', 'hop'],
  ['proxy-connection', 'hop'],
  ['transfer-encoding', 'hop'],
  ['upgrade', 'hop'],
  ['te', 'own'],
  ['host', 'own'],
  ['expect', 'own'],
  ['cookie', 'own'],
  ['content-length', 'own'],
])
