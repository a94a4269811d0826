const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const sextets: ReadonlyMap<string, number> = new Map([
  ...[...alphabet].map((letter, value): [string, number] => [letter, value]),
  ['-', 62],
  ['_', 63],
])

/** Bytes of base64 in either alphabet, padded or not, as proto3 JSON has it; undefined if it is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={0,2}$/, '')
  if (digits.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  let length = 0
  let at = 0
  for (const digit of digits) {
    const sextet = sextets.get(digit)
    if (sextet === undefined) return undefined
    bits = ((bits << 6) | sextet) & 0xffff
    length += 6
    if (length < 8) continue
    length -= 8
    bytes[at++] = (bits >> length) & 0xff
  }
  return bytes
}
