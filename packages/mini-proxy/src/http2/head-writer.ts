import type { ByteWriter } from '../hpack/byte-writer.ts'
import type { HpackEncoder } from '../hpack/hpack-encoder.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'

/** Appends the fields of a request. */
export function encodeRequestHead(head: RequestHead, encoder: HpackEncoder, out: ByteWriter): void {
  const { upgrade } = head
  encoder.encode(':method', upgrade === undefined ? head.method : 'CONNECT', out)
  if (upgrade !== 'CONNECT') {
    encoder.encode(':scheme', head.scheme, out)
    const path = inOneWord(head.path, 'path')
    if (head.headers.secretNames?.has(':path')) encoder.encodeSecret(':path', path, out)
    else encoder.encode(':path', path, out)
  }
  encoder.encode(':authority', inOneWord(head.authority, 'authority'), out)
  if (upgrade !== undefined && upgrade !== 'CONNECT') encoder.encode(':protocol', upgrade, out)
  encodeFields(head.headers, encoder, out)
}

/**
 * Appends the fields of a response.
 *
 * @param upgrade what the request asked for: the acceptance that HTTP/1 says with 101 is 200 here
 */
export function encodeResponseHead(
  head: ResponseHead,
  upgrade: string | undefined,
  encoder: HpackEncoder,
  out: ByteWriter,
): void {
  const accepted = acceptsUpgrade(upgrade, head.status)
  if (accepted) head.headers.remove('sec-websocket-accept')
  encoder.encode(':status', accepted ? '200' : `${head.status}`, out)
  encodeFields(head.headers, encoder, out)
}

/** Appends the fields of a list, without those of one hop. */
export function encodeFields(headers: HeaderList, encoder: HpackEncoder, out: ByteWriter): void {
  const { size, secretNames } = headers
  for (let i = 0; i < size; i++) {
    const name = headers.nameAt(i)
    if (isHopHeader(name)) continue
    if (secretNames?.has(name)) encoder.encodeSecret(name, headers.valueAt(i), out)
    else encoder.encode(name, headers.valueAt(i), out)
  }
}

/** Known to be one word: requests one after the other mostly go to the same place. */
const known = { path: '', authority: '' }

/** A rewrite may have put anything here; what is no visible character is percent-encoded. */
function inOneWord(text: string, part: keyof typeof known): string {
  if (text === known[part]) return text
  if (!/[^\x21-\x7e\x80-\xff]/.test(text)) {
    known[part] = text
    return text
  }
  return text.toWellFormed().replace(/[^\x21-\x7e\x80-\xff]/gu, encodeURIComponent)
}

/** Of one hop only: HTTP/2 does not have them (RFC 9113 8.2.2). What asks for trailers it has. */
function isHopHeader(name: string): boolean {
  switch (name.length) {
    case 7:
      return name === 'upgrade'
    case 10:
      return name === 'connection' || name === 'keep-alive'
    case 14:
      return name === 'http2-settings'
    case 16:
      return name === 'proxy-connection'
    case 17:
      return name === 'transfer-encoding'
    default:
      return false
  }
}
