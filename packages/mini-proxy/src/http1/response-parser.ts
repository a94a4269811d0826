import type { HeaderList } from '../http/header-list.ts'
import type { ResponseHead } from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import type { BodyFraming, FramingFields } from './body-framing.ts'
import type { HeadLines } from './head-lines.ts'
import { type HeaderBlock, readHeaderBlock } from './header-block.ts'
import { fault, type Http1Fault, malformedHead } from './http1-fault.ts'
import { defaultHttp1Limits, type Http1Limits } from './http1-limits.ts'
import { MessageParser } from './message-parser.ts'
import { isKeptAlive } from './request-parser.ts'
import { StatusLine } from './status-line.ts'

/** A response's head, with what concerns the connection it came on. */
export interface ParsedResponse {
  readonly head: ResponseHead
  readonly endStream: boolean
  /** The server allows more requests on this connection. */
  readonly keepAlive: boolean
}

/** What a request decides about the form of its response. */
export interface AnsweredRequest {
  readonly method: string
  readonly upgrade?: string | undefined
}

/** Takes responses as they are parsed. */
export interface ResponseSink {
  /** Of the request that is being answered; undefined if none is. */
  request(): AnsweredRequest | undefined
  onInterim(head: ResponseHead): void
  onResponse(response: ParsedResponse): void
  onData(chunk: Buffer, endStream: boolean): void
  onTrailers(trailers: HeaderList): void
  onFault(fault: Http1Fault): void
}

/** More 1xx responses to one request than this are a fault. */
const maxInterim = 32

/** Of the head that is being read: nothing else is read meanwhile. */
const line = new StatusLine()

/** Parses responses, as strictly as requests: a server that is misread could answer other users' requests. */
export function createResponseParser(
  sink: ResponseSink,
  limits: Http1Limits = defaultHttp1Limits,
): MessageParser {
  let interim = 0
  return new MessageParser(
    {
      scanStartLine: (bytes, at, limit) => line.scan(bytes, at, limit),
      onHead(head) {
        const request = sink.request()
        if (request === undefined) return fault('response without request')
        if (head === undefined) return malformedHead
        const parsed = parseResponse(head, request, limits)
        if ('detail' in parsed) return parsed
        interim = parsed.framing === 'interim' ? interim + 1 : 0
        if (interim > maxInterim) return fault('too many interim responses')
        if (interim > 0) sink.onInterim(parsed.response.head)
        else sink.onResponse(parsed.response)
        return parsed.framing
      },
      onData: (chunk, endStream) => sink.onData(chunk, endStream),
      onTrailers: (trailers) => sink.onTrailers(trailers),
      onFault: (why) => sink.onFault(why),
    },
    limits,
  )
}

function parseResponse(
  head: HeadLines,
  request: AnsweredRequest,
  limits: Http1Limits,
): { response: ParsedResponse; framing: BodyFraming } | Http1Fault {
  const { version, status } = line
  const upgraded = acceptsUpgrade(request.upgrade, status)
  if (status === 101 && !upgraded) return fault('upgrade that nobody asked for')
  const block = readHeaderBlock(head, limits.maxHeaders)
  if ('detail' in block) return block
  if (upgraded) return tunnel(status, request, block)
  const { headers, hop } = block
  const declared = hop.framing.resolve(version)
  if (typeof declared === 'object') return declared
  const framing = framingOf(status, request.method, declared)
  if (typeof framing === 'object') return framing
  // Old servers send an empty one; passed on, it would break RFC 9110 8.6.
  if (status === 204 || status < 200) headers.remove('content-length')
  return {
    framing,
    response: {
      head: { status, headers },
      endStream: framing === 0,
      keepAlive: framing !== 'until-close' && isKeptAlive(version, hop),
    },
  }
}

/** RFC 9110 9.3.6 and 15.2.2: whatever the head says of a body, there is none. */
function tunnel(
  status: number,
  request: AnsweredRequest,
  { headers, hop }: HeaderBlock,
): { response: ParsedResponse; framing: BodyFraming } | Http1Fault {
  const named = hop.upgrade?.toLowerCase() ?? request.upgrade
  if (status === 101 && named !== request.upgrade) return fault('upgrade that nobody asked for')
  headers.remove('content-length')
  const response = { head: { status, headers }, endStream: false, keepAlive: false }
  return { response, framing: 'until-close' }
}

/** RFC 9112 6.3. */
function framingOf(
  status: number,
  method: string,
  declared: ReturnType<FramingFields['resolve']>,
): BodyFraming | Http1Fault {
  if (status < 200 || status === 204) {
    if (declared !== undefined && declared !== 0) return fault('body where none may be')
    return status < 200 ? 'interim' : 0
  }
  if (status === 304 || method === 'HEAD') return 0
  return declared ?? 'until-close'
}
