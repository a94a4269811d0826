import { isIP } from 'node:net'

/** Four or sixteen bytes. IPv4 mapped into IPv6, as dual-stack sockets report it, comes out as IPv4. */
export type IpBytes = Uint8Array

/** A range of addresses, ready for comparison. */
export interface IpRange {
  readonly bytes: IpBytes
  readonly prefixLength: number
}

/** Reads an address in text; undefined when it is none. A zone (`%eth0`) is dropped. */
export function tryParseIp(text: string): IpBytes | undefined {
  const plain = text.split('%', 1)[0] ?? ''
  const kind = isIP(plain)
  if (kind === 4) return Uint8Array.from(plain.split('.').map(Number))
  if (kind === 6) return unmapped(parseIpv6(plain))
  return undefined
}

/** How an address is written everywhere here: IPv4 mapped into IPv6 as IPv4. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** `ip:port`, the IP of version 6 in brackets. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Splits `ip:port` or `[ip]:port`; undefined when the port is missing or the host is not an IP address. */
export function tryParseHostPort(text: string): { address: string; port: number } | undefined {
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const address = found?.[1] ?? found?.[2] ?? ''
  const port = Number(found?.[3])
  if (isIP(address) === 0 || !(port >= 1 && port <= maxPort)) return undefined
  return { address, port }
}

/** Reads a range; the prefix length defaults to the whole address. */
export function tryParseRange(address: string, prefixLength?: number): IpRange | undefined {
  const bytes = tryParseIp(address)
  if (bytes === undefined) return undefined
  const bits = bytes.length * 8
  const length = prefixLength ?? bits
  return length <= bits ? { bytes, prefixLength: length } : undefined
}

/** Whether the address lies in the range; families never mix. */
export function rangeContains(range: IpRange, address: IpBytes): boolean {
  if (range.bytes.length !== address.length) return false
  const whole = range.prefixLength >> 3
  for (let i = 0; i < whole; i++) if (range.bytes[i] !== address[i]) return false
  const rest = range.prefixLength & 7
  if (rest === 0) return true
  const shift = 8 - rest
  return (range.bytes[whole] ?? 0) >> shift === (address[whole] ?? 0) >> shift
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(address: IpBytes): boolean {
  if (address.length === 4) return address[0] === loopbackNet
  return address.every((byte, i) => byte === (i === 15 ? 1 : 0))
}

const maxPort = 65_535
const loopbackNet = 127

function parseIpv6(text: string): IpBytes {
  const [head = '', tail] = text.split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const bytes = new Uint8Array(16)
  bytes.set(before, 0)
  bytes.set(after, 16 - after.length)
  return bytes
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function unmapped(bytes: IpBytes): IpBytes {
  const mapped =
    bytes.subarray(0, 10).every((it) => it === 0) && bytes[10] === 255 && bytes[11] === 255
  return mapped ? bytes.slice(12) : bytes
}
