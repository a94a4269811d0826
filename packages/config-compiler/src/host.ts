import { hostCovers } from '@meshwright/mesh-config'

/** The narrower of two patterns that overlap, otherwise nothing. */
export function narrowerHost(a: string, b: string): string | undefined {
  if (hostCovers(a, b)) return b
  return hostCovers(b, a) ? a : undefined
}

/** Whether a host stands for many: `*`, or `*.` and a suffix. */
export function isPattern(host: string): boolean {
  return host.startsWith('*')
}

/** How precisely a pattern says which hosts it means: exact hosts first, then longer suffixes. */
export function hostSpecificity(pattern: string): number {
  return isPattern(pattern) ? pattern.length : Number.POSITIVE_INFINITY
}

/** Whether `address` is a single IP address, not a range and not a name. */
export function isIpAddress(address: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address) || isIpv6Address(address)
}

/** Whether `address` is an IPv6 address (not a range). */
export function isIpv6Address(address: string): boolean {
  return address.includes(':') && /^[0-9a-fA-F:.]+$/.test(address)
}
