import { isIP } from 'node:net'
import type { ConnectionFacts } from '../http/stream.ts'
import { tryParseIp } from './ip-address.ts'
import {
  type PassThroughTlvsJson,
  type ProxyTlv,
  type TlvEntryJson,
  writeProxyTlvs,
} from './proxy-tlvs.ts'

/** The two ends of a connection, as the one who accepted it first saw them. */
export interface ProxiedAddresses {
  readonly sourceAddress: string
  readonly sourcePort: number
  readonly destinationAddress: string
  readonly destinationPort: number
  /** What else the one in front said of the connection, as far as it is to be passed on. */
  readonly tlvs?: readonly ProxyTlv[]
}

/** The ends of an accepted connection, for whoever is to be told of them. */
export function proxiedAddresses(connection: ConnectionFacts): ProxiedAddresses {
  return {
    sourceAddress: connection.remoteAddress,
    sourcePort: connection.remotePort,
    destinationAddress: connection.localAddress,
    destinationPort: connection.localPort,
    ...(connection.proxyTlvs && { tlvs: connection.proxyTlvs }),
  }
}

/** `envoy.config.core.v3.ProxyProtocolConfig` in proto3 JSON, as far as it is honored. */
export interface ProxyProtocolConfigJson {
  readonly version?: 'V1' | 'V2'
  readonly passThroughTlvs?: PassThroughTlvsJson
  readonly addedTlvs?: readonly TlvEntryJson[]
}

export type ProxyHeaderVersion = 1 | 2

/** What the first bytes of a connection say of a PROXY header. */
export type ProxyHeaderResult =
  /** Undecided until more bytes are there. */
  | { readonly kind: 'more' }
  /** There is none. */
  | { readonly kind: 'none' }
  /** It begins like one, and is none that may be believed. */
  | { readonly kind: 'broken'; readonly version: ProxyHeaderVersion }
  | {
      readonly kind: 'header'
      readonly version: ProxyHeaderVersion
      /** Bytes that it takes. */
      readonly length: number
      /** Undefined: the proxy speaks for itself, or does not know. */
      readonly addresses: ProxiedAddresses | undefined
      /** The bytes of the extensions, a part of those that were read; undefined where there is none. */
      readonly extensions?: Uint8Array
    }

/** No header is longer: the fixed part of version 2 and what its length field can say. */
export const maxProxyHeaderBytes: number = 16 + 65_535
/** What the length field of version 2 can say. */
const maxBinaryLength = 65_535

/**
 * Reads the header of the PROXY protocol, text (version 1) or binary (version 2), from the first bytes of a connection.
 *
 * Takes everything received so far, and costs the same however much is missing. Extensions (TLV) must be well formed.
 *
 * @see https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeaderResult {
  const begin = bytes[0]
  if (begin === undefined) return more
  const version = begin === textSignature[0] ? 1 : 2
  const signature = version === 1 ? textSignature : binarySignature
  const known = Math.min(bytes.length, signature.length)
  for (let i = 0; i < known; i++) if (bytes[i] !== signature[i]) return { kind: 'none' }
  if (known < signature.length) return more
  return version === 1 ? readText(bytes) : readBinary(bytes)
}

const more = { kind: 'more' } as const
const brokenText = { kind: 'broken', version: 1 } as const
const brokenBinary = { kind: 'broken', version: 2 } as const

/** `PROXY `. */
const textSignature = Uint8Array.of(0x50, 0x52, 0x4f, 0x58, 0x59, 0x20)
const binarySignature = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10)
/** The longest line that the specification foresees, its end included. */
const maxTextBytes = 107
const lf = 10

function readText(bytes: Uint8Array): ProxyHeaderResult {
  const end = bytes.subarray(0, maxTextBytes).indexOf(lf)
  if (end === -1) return bytes.length < maxTextBytes ? more : brokenText
  const line = String.fromCharCode(...bytes.subarray(textSignature.length, end + 1))
  if (!line.endsWith('\r\n')) return brokenText
  const length = end + 1
  const words = line.slice(0, -2).split(' ')
  // Whatever follows is to be ignored.
  if (words[0] === 'UNKNOWN') return { kind: 'header', version: 1, length, addresses: undefined }
  const addresses = textAddresses(words)
  return addresses === undefined ? brokenText : { kind: 'header', version: 1, length, addresses }
}

function textAddresses(words: readonly string[]): ProxiedAddresses | undefined {
  const [family, sourceAddress = '', destinationAddress = '', sourcePort, destinationPort] = words
  if (words.length !== 5 || (family !== 'TCP4' && family !== 'TCP6')) return undefined
  const kind = family === 'TCP4' ? 4 : 6
  if (isIP(sourceAddress) !== kind || isIP(destinationAddress) !== kind) return undefined
  const ports = [textPort(sourcePort), textPort(destinationPort)]
  if (ports[0] === undefined || ports[1] === undefined) return undefined
  return believable({
    sourceAddress,
    sourcePort: ports[0],
    destinationAddress,
    destinationPort: ports[1],
  })
}

/** No sign, no leading zero. */
function textPort(text = ''): number | undefined {
  const port = Number(text)
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && port <= maxPort ? port : undefined
}

const maxPort = 65_535
const fixedBytes = 16

function readBinary(bytes: Uint8Array): ProxyHeaderResult {
  const [versionAndCommand, familyAndTransport = 0, high, low] = bytes.subarray(12, fixedBytes)
  if (versionAndCommand !== undefined && versionAndCommand >> 4 !== 2) return brokenBinary
  if (versionAndCommand === undefined || high === undefined || low === undefined) return more
  const length = fixedBytes + high * 256 + low
  const command = versionAndCommand & 15
  if (command > 1) return brokenBinary
  const addressBytes = command === 0 ? 0 : addressLength(familyAndTransport)
  if (addressBytes === undefined || length < fixedBytes + addressBytes) return brokenBinary
  if (bytes.length < length) return more
  if (command === 0) return { kind: 'header', version: 2, length, addresses: undefined }
  const rest = bytes.subarray(fixedBytes, length)
  const addresses = believable(binaryAddresses(rest, addressBytes))
  const extensions = rest.subarray(addressBytes)
  if (addresses === undefined || !areExtensions(extensions)) return brokenBinary
  const header = { kind: 'header', version: 2, length, addresses } as const
  return extensions.length === 0 ? header : { ...header, extensions }
}

/** IPv4 or IPv6, over TCP or UDP. Undefined: what no connection that comes here can be. */
function addressLength(familyAndTransport: number): 12 | 36 | undefined {
  const transport = familyAndTransport & 15
  if (transport !== 1 && transport !== 2) return undefined
  const family = familyAndTransport >> 4
  if (family === 1) return 12
  return family === 2 ? 36 : undefined
}

function binaryAddresses(bytes: Uint8Array, length: number): ProxiedAddresses {
  const size = (length - 4) / 2
  const port = (at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
  return {
    sourceAddress: ipText(bytes.subarray(0, size)),
    destinationAddress: ipText(bytes.subarray(size, 2 * size)),
    sourcePort: port(2 * size),
    destinationPort: port(2 * size + 2),
  }
}

/** Type, length, value, up to the end. */
function areExtensions(bytes: Uint8Array): boolean {
  let at = 0
  while (at + 3 <= bytes.length) at += 3 + (bytes[at + 1] ?? 0) * 256 + (bytes[at + 2] ?? 0)
  return at === bytes.length
}

/** Both must be addresses of one host: no connection comes from, or goes to, any other. */
function believable(addresses: ProxiedAddresses): ProxiedAddresses | undefined {
  const { sourceAddress, destinationAddress } = addresses
  return isUnicast(sourceAddress) && isUnicast(destinationAddress) ? addresses : undefined
}

function isUnicast(address: string): boolean {
  const bytes = tryParseIp(address)
  if (bytes === undefined || bytes.every((byte) => byte === 0)) return false
  const first = bytes[0] ?? 0
  if (bytes.length === 16) return first !== 255
  return !(first >= 224 && first < 240) && !bytes.every((byte) => byte === 255)
}

function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  // The longest run of zeros is left out (RFC 5952), which the platform knows how to do.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/**
 * Writes a PROXY header.
 *
 * Without addresses, or with two of different families, it says that the proxy speaks for itself: `LOCAL`, or `UNKNOWN`
 * in version 1. Only version 2 can say more: `added`, then what the addresses came with.
 */
export function writeProxyHeader(
  version: ProxyHeaderVersion,
  addresses: ProxiedAddresses | undefined,
  added: readonly ProxyTlv[] = [],
): Buffer {
  const source = addresses && tryParseIp(addresses.sourceAddress)
  const destination = addresses && tryParseIp(addresses.destinationAddress)
  if (!(addresses && source && destination) || source.length !== destination.length) {
    if (version === 1) return Buffer.from('PROXY UNKNOWN\r\n')
    return Buffer.concat([binarySignature, Uint8Array.of(0x20, 0, 0, 0)])
  }
  if (version === 1) {
    const { sourceAddress, destinationAddress, sourcePort, destinationPort } = addresses
    const family = source.length === 4 ? 'TCP4' : 'TCP6'
    const line = [family, sourceAddress, destinationAddress, sourcePort, destinationPort].join(' ')
    return Buffer.from(`PROXY ${line}\r\n`)
  }
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(addresses.sourcePort, 0)
  ports.writeUInt16BE(addresses.destinationPort, 2)
  const least = 2 * source.length + ports.length
  const tlvs = writeProxyTlvs([...added, ...(addresses.tlvs ?? [])], maxBinaryLength - least)
  const length = least + tlvs.length
  const family = source.length === 4 ? 0x11 : 0x21
  const fixed = Uint8Array.of(0x21, family, length >> 8, length & 255)
  return Buffer.concat([binarySignature, fixed, source, destination, ports, tlvs])
}
