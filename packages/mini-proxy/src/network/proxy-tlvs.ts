import { refuse } from '../errors.ts'

/** An extension of a PROXY header, version 2. */
export interface ProxyTlv {
  /** 0 to 255. */
  readonly type: number
  readonly value: Uint8Array
}

/** `envoy.config.core.v3.ProxyProtocolPassThroughTLVs` in proto3 JSON. */
export interface PassThroughTlvsJson {
  readonly matchType?: 'INCLUDE_ALL' | 'INCLUDE'
  readonly tlvType?: readonly number[]
}

/** `envoy.config.core.v3.TlvEntry` in proto3 JSON, as far as it is honored. */
export interface TlvEntryJson {
  readonly type?: number
  /** Base64. */
  readonly value?: string
  readonly formatString?: object
}

/** Whether extensions of a type are passed on. */
export type TlvChoice = (type: number) => boolean

/**
 * Which extensions are passed on; none unless told. Never those that are about one header alone: its checksum and its padding.
 */
export function compileTlvChoice(json: PassThroughTlvsJson | undefined): TlvChoice {
  if (json === undefined) return () => false
  const types = new Set(json.tlvType ?? [])
  const isAll = json.matchType !== 'INCLUDE'
  return (type) => !ofOneHeader.has(type) && (isAll || types.has(type))
}

/** @throws {ProxyError} a value is a format, which is not built */
export function compileAddedTlvs(where: string, json: readonly TlvEntryJson[] = []): ProxyTlv[] {
  return json.map(({ type = 0, value = '', formatString }, i) => {
    if (formatString !== undefined) refuse(`${where}[${i}].format_string is not supported`)
    return { type, value: Buffer.from(value, 'base64') }
  })
}

/** Copies of the extensions that are chosen; `bytes` were found to be whole ones. */
export function readProxyTlvs(bytes: Uint8Array, choose: TlvChoice): ProxyTlv[] {
  const found: ProxyTlv[] = []
  let at = 0
  while (at + headBytes <= bytes.length) {
    const [type = 0, high = 0, low = 0] = bytes.subarray(at, at + headBytes)
    const end = at + headBytes + high * 256 + low
    if (choose(type)) found.push({ type, value: bytes.slice(at + headBytes, end) })
    at = end
  }
  return found
}

/** In this order, as many as have room in `maxBytes`: from the first that has none on, they are left out. */
export function writeProxyTlvs(tlvs: readonly ProxyTlv[], maxBytes: number): Buffer {
  const parts: Uint8Array[] = []
  let size = 0
  for (const { type, value } of tlvs) {
    size += headBytes + value.length
    if (size > maxBytes) break
    parts.push(Uint8Array.of(type, value.length >> 8, value.length & 255), value)
  }
  return Buffer.concat(parts)
}

/** Type, and length of the value. */
const headBytes = 3
/** PP2_TYPE_CRC32C and PP2_TYPE_NOOP. */
const ofOneHeader: ReadonlySet<number> = new Set([3, 4])
