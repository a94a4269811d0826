/** An IP address as a number. */
export interface IpAddress {
  readonly version: 4 | 6
  readonly bits: bigint
}

/** Reads an IPv4 or IPv6 address in text form, without brackets, zone or port; undefined if it is none. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > longest) return undefined
  if (!text.includes(':')) {
    const bits = ipv4Bits(text)
    return bits === undefined ? undefined : { version: 4, bits }
  }
  const bits = ipv6Bits(text)
  return bits === undefined ? undefined : { version: 6, bits }
}

/** Takes the port and the brackets off, if there are some. */
export function withoutPortOfIp(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)
  if (bracketed !== null) return bracketed[1] ?? ''
  const [host = '', port, ...more] = text.split(':')
  return port !== undefined && more.length === 0 ? host : text
}

/** Eight groups of four digits, the last two as IPv4. */
const longest = 45

function ipv4Bits(text: string): bigint | undefined {
  const groups = text.split('.')
  if (groups.length !== 4) return undefined
  let bits = 0n
  for (const group of groups) {
    // A leading zero is octal to some and decimal to others.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(group) || Number(group) > 255) return undefined
    bits = bits * 256n + BigInt(group)
  }
  return bits
}

function ipv6Bits(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => ipv6Groups(half))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]
  return groups.reduce((bits, group) => bits * 0x1_0000n + BigInt(group), 0n)
}

/** The 16-bit groups of one side of a `::`; an IPv4 address may end it. */
function ipv6Groups(text: string): number[] | undefined {
  if (text === '') return []
  const words = text.split(':')
  const last = words.at(-1) ?? ''
  const embedded = last.includes('.') ? ipv4Bits(last) : undefined
  if (embedded !== undefined) {
    words.splice(-1, 1, (embedded >> 16n).toString(16), (embedded & 0xffffn).toString(16))
  }
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined
  return words.map((word) => Number.parseInt(word, 16))
}
