/**
 * The bytes of a string. One whose characters are all below 256 is taken for bytes already, which is how HTTP codecs hand
 * over header values; any other is encoded as UTF-8.
 */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  return writeLatin1(text, bytes) ? bytes : utf8(text)
}

/** Writes the characters as bytes; false if one of them is above 255. */
export function writeLatin1(text: string, bytes: Uint8Array): boolean {
  let all = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    all |= code
    bytes[i] = code
  }
  return all <= 0xff
}

function utf8(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text.toWellFormed()) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), trail(code))
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), trail(code >> 6), trail(code))
    else bytes.push(0xf0 | (code >> 18), trail(code >> 12), trail(code >> 6), trail(code))
  }
  return Uint8Array.from(bytes)
}

function trail(code: number): number {
  return 0x80 | (code & 0x3f)
}
