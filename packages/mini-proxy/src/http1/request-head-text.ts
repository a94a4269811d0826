import type { RequestHead } from '../http/stream.ts'
import { declaredLength } from './body-framing.ts'
import { type OutgoingFraming, writeHeaders } from './message-writer.ts'

/** Methods whose requests usually have no body, and then say nothing of its length. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'TRACE', 'CONNECT'])

/** Writes a request head. */
export function writeRequestHead(
  head: RequestHead,
  endStream: boolean,
): { readonly text: string; readonly framing: OutgoingFraming } {
  if (head.upgrade !== undefined) return { text: upgradeHead(head), framing: 'until-close' }
  const { headers } = head
  let framing: OutgoingFraming
  let end = '\r\n\r\n'
  if (endStream) {
    framing = 0
    if (headers.has('content-length')) headers.setClean('content-length', '0')
    else if (!bodiless.has(head.method)) end = '\r\ncontent-length: 0\r\n\r\n'
  } else {
    const length = declaredLength(headers)
    framing = length ?? 'chunked'
    if (length === undefined) {
      headers.remove('content-length')
      end = '\r\ntransfer-encoding: chunked\r\n\r\n'
    }
  }
  const text = `${head.method} ${onOneLine(head.path)} HTTP/1.1\r\nhost: ${onOneLine(head.authority)}${writeHeaders(headers)}${end}`
  return { text, framing }
}

/** Nothing is said of a body: what follows is no HTTP. */
function upgradeHead(head: RequestHead): string {
  const { headers, upgrade = '' } = head
  headers.remove('content-length')
  const isConnect = upgrade === 'CONNECT'
  const target = onOneLine(isConnect ? head.authority : head.path)
  const wish = isConnect ? '' : `\r\nconnection: upgrade\r\nupgrade: ${upgrade}`
  return `${head.method} ${target} HTTP/1.1\r\nhost: ${onOneLine(head.authority)}${writeHeaders(headers)}${wish}\r\n\r\n`
}

/** A rewrite may have put anything here; what would end the line or a word of it is percent-encoded. */
function onOneLine(text: string): string {
  if (!/[^\x21-\x7e\x80-\xff]/.test(text)) return text
  return text.toWellFormed().replace(/[^\x21-\x7e\x80-\xff]/gu, encodeURIComponent)
}
