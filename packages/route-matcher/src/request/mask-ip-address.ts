import { parseIpAddress } from './ip-address.ts'

/** The range that an address is in, such as `10.1.0.0/16`; undefined if the text is no IP address. */
export function maskIpAddress(
  text: string,
  v4Length: number,
  v6Length: number,
): string | undefined {
  const address = parseIpAddress(text)
  if (address === undefined) return undefined
  const [width, length] = address.version === 4 ? [32, v4Length] : [128, v6Length]
  const shift = BigInt(Math.max(0, width - length))
  const bits = (address.bits >> shift) << shift
  return `${address.version === 4 ? ipv4Text(bits) : ipv6Text(bits)}/${Math.min(length, width)}`
}

function ipv4Text(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.')
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of two or more zero groups as `::`. */
function ipv6Text(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  )
  const { start, length } = longestZeros(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let start = 0
  for (const [i, group] of groups.entries()) {
    if (group !== '0') start = i + 1
    else if (i + 1 - start > longest.length) longest = { start, length: i + 1 - start }
  }
  return longest
}
