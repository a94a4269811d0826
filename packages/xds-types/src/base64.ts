const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Standard base64 with padding. */
export function base64FromBytes(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3)
    const bits = (a << 16) | (b << 8) | c
    const digits = [18, 12, 6, 0].map((shift) => alphabet[(bits >> shift) & 63])
    const used = Math.min(bytes.length - i, 3) + 1
    text += digits.slice(0, used).join('').padEnd(4, '=')
  }
  return text
}

/** The bytes of standard or URL-safe base64, padded or not; undefined if the text is neither. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const digits = text
    .replace(/={1,2}$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  let at = 0
  for (let i = 0; i < digits.length; i++) {
    bits = (bits << 6) | alphabet.indexOf(digits[i] ?? 'A')
    const filled = ((i % 4) * 3) / 2
    if (filled >= 1.5) bytes[at++] = (bits >> (i % 4 === 1 ? 4 : i % 4 === 2 ? 2 : 0)) & 0xff
  }
  return bytes
}
