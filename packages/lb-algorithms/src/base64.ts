const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3)
    const bits = (a << 16) | (b << 8) | c
    const left = bytes.length - i
    text += letter(bits >> 18) + letter(bits >> 12)
    text += left > 1 ? letter(bits >> 6) : '='
    text += left > 2 ? letter(bits) : '='
  }
  return text
}

/** The bytes of a text in base64 with padding; undefined if it is not in that form. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const letters = text.replace(/={1,2}$/, '')
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4))
  let bits = 0
  let at = 0
  for (let i = 0; i < letters.length; i++) {
    const value = alphabet.indexOf(letters.charAt(i))
    if (value === -1) return undefined
    bits = ((bits << 6) | value) & 0xff_ffff
    // The first of four letters ends no byte; the others end one each.
    if (i % 4 !== 0) bytes[at++] = bits >> (6 - 2 * (i % 4))
  }
  return bytes
}

function letter(bits: number): string {
  return alphabet.charAt(bits & 0x3f)
}
