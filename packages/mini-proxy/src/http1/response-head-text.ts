import { intern } from '../http/intern.ts'
import { reasonPhrases } from '../http/reason-phrases.ts'
import type { ResponseHead } from '../http/stream.ts'
import { declaredLength } from './body-framing.ts'
import { type OutgoingFraming, writeHeaders } from './message-writer.ts'

/** What the request and the connection decide about the form of a response. */
export interface ResponseForm {
  readonly method: string
  readonly version: '1.0' | '1.1'
  /** Whether the connection stays open after it, if its body allows that. */
  readonly keepAlive: boolean
}

/** A response head as text, how its body is framed, and whether the connection can be kept. */
export interface ResponseText {
  readonly text: string
  readonly framing: OutgoingFraming
  readonly keepAlive: boolean
}

/** Writes a final response head. */
export function writeResponseHead(
  head: ResponseHead,
  endStream: boolean,
  form: ResponseForm,
): ResponseText {
  const { status, headers } = head
  const bodiless = form.method === 'HEAD' || status === 204 || status === 304
  if (status === 204) headers.remove('content-length')
  const framing = bodiless ? 'none' : bodyFraming(head, endStream, form)
  const keepAlive = form.keepAlive && framing !== 'until-close' && !asksToClose(head)
  let end = endOfHead(keepAlive, form.version)
  if (framing === 'chunked') end = `\r\ntransfer-encoding: chunked${end}`
  const text = statusLine(status) + writeHeaders(headers) + end
  return { text, framing, keepAlive }
}

/** Writes the head that turns the connection into a tunnel. */
export function writeTunnelHead({ status, headers }: ResponseHead, upgrade: string): string {
  headers.remove('content-length')
  const protocol = status === 101 ? `\r\nconnection: upgrade\r\nupgrade: ${upgrade}` : ''
  return `${statusLine(status)}${writeHeaders(headers)}${protocol}\r\n\r\n`
}

/** Writes a 1xx head. */
export function writeInterimHead(head: ResponseHead): string {
  return `${statusLine(head.status)}${writeHeaders(head.headers)}\r\n\r\n`
}

function bodyFraming(
  { headers }: ResponseHead,
  endStream: boolean,
  form: ResponseForm,
): OutgoingFraming {
  if (endStream) {
    headers.set('content-length', '0')
    return 0
  }
  const length = declaredLength(headers)
  if (length !== undefined) return length
  headers.remove('content-length')
  return form.version === '1.1' ? 'chunked' : 'until-close'
}

function asksToClose({ headers }: ResponseHead): boolean {
  return headers.get('connection')?.toLowerCase() === 'close'
}

/** What is said of the connection, and the empty line. */
function endOfHead(keepAlive: boolean, version: '1.0' | '1.1'): string {
  if (!keepAlive) return '\r\nconnection: close\r\n\r\n'
  return version === '1.0' ? '\r\nconnection: keep-alive\r\n\r\n' : '\r\n\r\n'
}

const statusLines = new Map<number, string>()

/** There are a thousand at most. */
function statusLine(status: number): string {
  const known = statusLines.get(status)
  if (known !== undefined) return known
  const line = intern(`HTTP/1.1 ${status} ${reasonPhrases[status] ?? 'Unknown'}`)
  statusLines.set(status, line)
  return line
}
