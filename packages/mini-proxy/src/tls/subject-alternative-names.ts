/** One subject alternative name of a certificate. */
export interface SubjectAlternativeName {
  readonly type: 'EMAIL' | 'DNS' | 'URI' | 'IP_ADDRESS'
  readonly value: string
}

/**
 * The subject alternative names of a certificate in DER.
 *
 * Reads the DER because the text that Node makes of the names cannot be split again safely: a name may hold the comma
 * and the quotes that separate. Other kinds of names are left out; bytes that are no certificate yield none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
 */
export function subjectAlternativeNames(der: Uint8Array): SubjectAlternativeName[] {
  const certificate = childrenOf(first(childrenOf(der)))
  const fields = childrenOf(first(certificate))
  const extensions = fields.find((it) => it.tag === extensionsTag)
  return childrenOf(first(childrenOf(extensions?.body)))
    .map((it) => childrenOf(it.body))
    .filter(([oid]) => oid?.tag === oidTag && sameBytes(oid.body, subjectAltNameOid))
    .flatMap((parts) => generalNames(parts.find((it) => it.tag === octetStringTag)?.body))
}

interface Element {
  readonly tag: number
  readonly body: Uint8Array
}

const oidTag = 0x06
const octetStringTag = 0x04
/** `[3] EXPLICIT` of TBSCertificate. */
const extensionsTag = 0xa3
/** 2.5.29.17 */
const subjectAltNameOid = Uint8Array.of(0x55, 0x1d, 0x11)
/** Context-specific tags of GeneralName. */
const typesByTag = new Map<number, SubjectAlternativeName['type']>([
  [0x81, 'EMAIL'],
  [0x82, 'DNS'],
  [0x86, 'URI'],
  [0x87, 'IP_ADDRESS'],
])

function generalNames(octets: Uint8Array | undefined): SubjectAlternativeName[] {
  return childrenOf(first(childrenOf(octets))).flatMap(({ tag, body }) => {
    const type = typesByTag.get(tag)
    if (type === undefined) return []
    return [{ type, value: type === 'IP_ADDRESS' ? ipText(body) : latin1(body) }]
  })
}

function first(elements: readonly Element[]): Uint8Array | undefined {
  return elements[0]?.body
}

/** The elements that follow each other in `bytes`; stops at the first that does not fit. */
function childrenOf(bytes: Uint8Array | undefined): Element[] {
  const elements: Element[] = []
  let at = 0
  while (bytes !== undefined && at < bytes.length) {
    const header = lengthAt(bytes, at + 1)
    if (header === undefined || header.start + header.length > bytes.length) return elements
    const end = header.start + header.length
    elements.push({ tag: bytes[at] ?? 0, body: bytes.subarray(header.start, end) })
    at = end
  }
  return elements
}

function lengthAt(bytes: Uint8Array, at: number): { start: number; length: number } | undefined {
  const lead = bytes[at]
  if (lead === undefined) return undefined
  if (lead < 0x80) return { start: at + 1, length: lead }
  const count = lead & 0x7f
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) return undefined
  let length = 0
  for (const byte of bytes.subarray(at + 1, at + 1 + count)) length = length * 256 + byte
  return { start: at + 1 + count, length }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: string[] = []
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16))
  }
  return groups.join(':')
}
