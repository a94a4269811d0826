import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead } from '../http/stream.ts'
import type { BodyFraming } from './body-framing.ts'
import { type HeaderBlock, readHeaderBlock } from './header-block.ts'
import { fault, type Http1Fault, malformedHead } from './http1-fault.ts'
import { defaultHttp1Limits, type Http1Limits } from './http1-limits.ts'
import { MessageParser, type MessageSink } from './message-parser.ts'
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

/** The whole form of a head at once: any byte out of place fails it. */
const requestHead =
  /^[!#$%&'*+\-.^_`|~\w]+ [\x21-\x7e]+ HTTP\/\d\.\d\r\n(?:[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/

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

  onHead(text: string): BodyFraming | Http1Fault {
    const parsed = parseRequest(text, this.#limits, this.#options)
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

/** Those that Envoy takes: of HTTP itself, of WebDAV, of UPnP, of Subversion, and to purge a cache. */
const methods: ReadonlySet<string> = new Set(
  (
    'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ACL BIND CHECKOUT COPY LINK LOCK MERGE MKACTIVITY MKCALENDAR ' +
    'MKCOL MOVE MSEARCH NOTIFY PROPFIND PROPPATCH PURGE REBIND REPORT SEARCH SOURCE SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
  ).split(' '),
)

function parseRequest(
  text: string,
  limits: Http1Limits,
  options: RequestParserOptions,
): { request: ParsedRequest; framing: BodyFraming } | Http1Fault {
  if (!requestHead.test(text)) return malformedHead
  const lineEnd = text.indexOf('\r')
  const method = methodOf(text)
  const target = text.slice(method.length + 1, lineEnd - versionLength - 1)
  const version = versionBefore(text, lineEnd)
  if (version === undefined) return fault('unknown version', 505)
  if (options.customMethods !== true && !methods.has(method)) return fault('unknown method')
  if (version === '1.0' && options.acceptHttp10 !== true) return fault('HTTP/1.0', 426)
  const block = readHeaderBlock(text, lineEnd + 2, limits.maxHeaders)
  if ('detail' in block) return block
  const upgrade = upgradeOf(method, block)
  const framing = framingOf(block, version, upgrade)
  if (typeof framing === 'object') return framing
  const authority = hostOf(block, version, options)
  if (typeof authority === 'object') return authority
  const where = readTarget(method, target, { authority, scheme: options.scheme ?? 'http' })
  if ('detail' in where) return where
  if (!block.expect.every(isContinue)) return fault('unknown expectation', 417)
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
        headers: block.headers,
        upgrade,
      },
      endStream,
      keepAlive: isKeptAlive(version, block),
      expectContinue: block.expect.length > 0 && version === '1.1' && framing !== 0 && !upgrade,
    },
  }
}

const isContinue = (expectation: string): boolean => expectation === '100-continue'

const versionLength = 'HTTP/1.1'.length

function versionBefore(text: string, lineEnd: number): '1.0' | '1.1' | undefined {
  const at = lineEnd - versionLength
  if (text.startsWith('HTTP/1.1', at)) return '1.1'
  return text.startsWith('HTTP/1.0', at) ? '1.0' : undefined
}

/** Up to the first space. */
function methodOf(text: string): string {
  return text.startsWith('GET ') ? 'GET' : text.slice(0, text.indexOf(' '))
}

/** What follows an upgrade is the other protocol's, if the server agrees; with a body before it nobody could tell where that ends. */
function framingOf(
  block: HeaderBlock,
  version: '1.0' | '1.1',
  upgrade: string | undefined,
): BodyFraming | Http1Fault {
  const declared = block.framing.resolve(version) ?? 0
  if (upgrade === undefined || typeof declared === 'object') return declared
  if (declared !== 0) return fault('upgrade with a body')
  // Rules may ask for it; what is sent on is the head's own field.
  if (block.upgrade !== undefined) block.headers.append('upgrade', block.upgrade)
  return 'until-close'
}

function hostOf(
  block: HeaderBlock,
  version: '1.0' | '1.1',
  options: RequestParserOptions,
): string | Http1Fault {
  if (block.hosts.length > 1) return fault('more than one host')
  const host = block.hosts[0]
  if (host !== undefined && host !== '') return host
  if (version === '1.0' && options.defaultHostForHttp10) return options.defaultHostForHttp10
  return fault('missing host')
}

/** What the client wants to turn the connection into. An offer of h2c is declined in silence, as most clients expect. */
function upgradeOf(method: string, block: HeaderBlock): string | undefined {
  if (method === 'CONNECT') return 'CONNECT'
  if (block.upgrade === undefined || !block.connection.has('upgrade')) return undefined
  const protocol = block.upgrade.toLowerCase()
  return protocol === 'h2c' ? undefined : protocol
}

/** Whether more messages may follow on the connection, as far as this one says. */
export function isKeptAlive(version: '1.0' | '1.1', block: HeaderBlock): boolean {
  if (block.connection.has('close')) return false
  return version === '1.1' || block.connection.has('keep-alive')
}
