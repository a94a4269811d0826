import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead } from '../http/stream.ts'
import type { BodyFraming } from './body-framing.ts'
import type { HeadLines } from './head-lines.ts'
import { type HeaderBlock, type HopFields, readHeaderBlock } from './header-block.ts'
import { fault, type Http1Fault, malformedHead } from './http1-fault.ts'
import { defaultHttp1Limits, type Http1Limits } from './http1-limits.ts'
import { MessageParser, type MessageSink } from './message-parser.ts'
import { RequestLine } from './request-line.ts'
import { readTarget } from './request-target.ts'

/** A request's head, with what concerns the connection it came on. */
export interface ParsedRequest {
  readonly head: RequestHead
  readonly endStream: boolean
  /** The client allows more requests on this connection. */
  readonly keepAlive: boolean
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectContinue: boolean
}

/** Takes requests as they are parsed. */
export interface RequestSink {
  onRequest(request: ParsedRequest): void
  onData(chunk: Buffer, endStream: boolean): void
  onTrailers(trailers: HeaderList): void
  onFault(fault: Http1Fault): void
}

/** What of the protocol is taken. */
export interface RequestParserOptions {
  readonly limits?: Http1Limits
  /** Of requests that do not say it themselves. Default: `http`. */
  readonly scheme?: string
  /** Default: false, and HTTP/1.0 is answered 426. */
  readonly acceptHttp10?: boolean
  /** Host of HTTP/1.0 requests that name none. Default: such requests are a fault. */
  readonly defaultHostForHttp10?: string | undefined
  /** Any token is a method. Default: false, and methods that nobody has registered are a fault. */
  readonly customMethods?: boolean
}

/** Parses requests, strictly: whatever a peer in front or behind might read in another way is refused. */
export function createRequestParser(
  sink: RequestSink,
  options: RequestParserOptions = {},
): MessageParser {
  const limits = options.limits ?? defaultHttp1Limits
  return new MessageParser(new RequestReader(sink, limits, options), limits, 1)
}

/** Makes a head a request. */
class RequestReader implements MessageSink {
  readonly #sink: RequestSink
  readonly #limits: Http1Limits
  readonly #options: RequestParserOptions

  constructor(sink: RequestSink, limits: Http1Limits, options: RequestParserOptions) {
    this.#sink = sink
    this.#limits = limits
    this.#options = options
  }

  scanStartLine(bytes: Buffer, at: number, limit: number): number {
    return line.scan(bytes, at, limit)
  }

  onHead(head: HeadLines | undefined): BodyFraming | Http1Fault {
    if (head === undefined) return malformedHead
    const parsed = parseRequest(head, this.#limits, this.#options)
    if ('detail' in parsed) return parsed
    this.#sink.onRequest(parsed.request)
    return parsed.framing
  }

  onData(chunk: Buffer, endStream: boolean): void {
    this.#sink.onData(chunk, endStream)
  }

  onTrailers(trailers: HeaderList): void {
    this.#sink.onTrailers(trailers)
  }

  onFault(why: Http1Fault): void {
    this.#sink.onFault(why)
  }
}

/** Of the head that is being read: nothing else is read meanwhile. */
const line = new RequestLine()

function parseRequest(
  lines: HeadLines,
  limits: Http1Limits,
  options: RequestParserOptions,
): { request: ParsedRequest; framing: BodyFraming } | Http1Fault {
  const { text } = lines
  const { version } = line
  if (version === undefined) return fault('unknown version', 505)
  if (!line.knowsMethod && options.customMethods !== true) return fault('unknown method')
  if (version === '1.0' && options.acceptHttp10 !== true) return fault('HTTP/1.0', 426)
  const method = line.methodIn(text)
  const block = readHeaderBlock(lines, limits.maxHeaders)
  if ('detail' in block) return block
  const { headers, hop } = block
  const upgrade = upgradeOf(method, hop)
  const framing = framingOf(block, version, upgrade)
  if (typeof framing === 'object') return framing
  const authority = hostOf(hop, version, options)
  if (typeof authority === 'object') return authority
  const where = readTarget(method, line.targetIn(text), {
    authority,
    scheme: options.scheme ?? 'http',
  })
  if ('detail' in where) return where
  if (hop.expectsMore) return fault('unknown expectation', 417)
  const endStream = framing === 0
  return {
    framing,
    request: {
      head: {
        method,
        path: where.path,
        authority: where.authority,
        scheme: where.scheme,
        version,
        headers,
        upgrade,
      },
      endStream,
      keepAlive: isKeptAlive(version, hop),
      expectContinue: hop.expectsContinue && version === '1.1' && framing !== 0 && !upgrade,
    },
  }
}

/** What follows an upgrade is the other protocol's, if the server agrees; with a body before it nobody could tell where that ends. */
function framingOf(
  { headers, hop }: HeaderBlock,
  version: '1.0' | '1.1',
  upgrade: string | undefined,
): BodyFraming | Http1Fault {
  const declared = hop.framing.resolve(version) ?? 0
  if (upgrade === undefined || typeof declared === 'object') return declared
  if (declared !== 0) return fault('upgrade with a body')
  // Rules may ask for it; what is sent on is the head's own field.
  if (hop.upgrade !== undefined) headers.append('upgrade', hop.upgrade)
  return 'until-close'
}

function hostOf(
  { host, hostCount }: HopFields,
  version: '1.0' | '1.1',
  options: RequestParserOptions,
): string | Http1Fault {
  if (hostCount > 1) return fault('more than one host')
  if (host !== undefined && host !== '') return host
  if (version === '1.0' && options.defaultHostForHttp10) return options.defaultHostForHttp10
  return fault('missing host')
}

/** What the client wants to turn the connection into. An offer of h2c is declined in silence, as most clients expect. */
function upgradeOf(method: string, { upgrade, connection }: HopFields): string | undefined {
  if (method === 'CONNECT') return 'CONNECT'
  if (upgrade === undefined || !connection.upgrade) return undefined
  const protocol = upgrade.toLowerCase()
  return protocol === 'h2c' ? undefined : protocol
}

/** Whether more messages may follow on the connection, as far as this one says. */
export function isKeptAlive(version: '1.0' | '1.1', { connection }: HopFields): boolean {
  if (connection.close) return false
  return version === '1.1' || connection.keepAlive
}
