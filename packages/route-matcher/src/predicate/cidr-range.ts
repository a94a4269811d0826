import { type Findings, fault } from '../config/findings.ts'
import type { CidrRangeJson } from '../config/matcher-config.ts'
import { type IpAddress, parseIpAddress } from '../request/ip-address.ts'

/** A range of IP addresses. */
export interface CidrRange {
  readonly prefixLength: number
  contains(address: IpAddress): boolean
}

/** Compiles a range; the bits of its address beyond the prefix do not count. */
export function compileCidrRange(
  range: CidrRangeJson,
  path: string,
  findings: Findings,
): CidrRange {
  const { addressPrefix = '', prefixLen = 0 } = range
  const start = parseIpAddress(addressPrefix)
  if (start === undefined) {
    const got = JSON.stringify(addressPrefix)
    fault(findings, `${path}.addressPrefix`, `expected an IP address, got ${got}`)
    return { prefixLength: 0, contains: () => false }
  }
  const width = start.version === 4 ? 32 : 128
  if (prefixLen > width) {
    fault(findings, `${path}.prefixLen`, `expected at most ${width}, got ${prefixLen}`)
  }
  const shift = BigInt(Math.max(0, width - prefixLen))
  const wanted = start.bits >> shift
  return {
    prefixLength: prefixLen,
    contains: ({ version, bits }) => version === start.version && bits >> shift === wanted,
  }
}
