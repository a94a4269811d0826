import { codeLengths, codes } from './huffman-code.ts'

/** Bytes that `text`, whose characters are bytes, takes in Huffman code. */
export function huffmanSize(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += codeLengths[text.charCodeAt(i) & 0xff] ?? 0
  return (bits + 7) >>> 3
}

/**
 * Writes `text` in Huffman code into `bytes` from `at` on, and says where it ends. There must be room for
 * {@link huffmanSize} bytes.
 */
export function writeHuffman(text: string, bytes: Uint8Array, at: number): number {
  let end = at
  // Bits that are no whole byte yet: less than eight of them between two codes.
  let pending = 0
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff
    const code = codes[symbol] ?? 0
    let left = codeLengths[symbol] ?? 0
    // A code of up to 28 bits and 7 pending ones do not fit 32 bits: its head goes first.
    if (left > 24) {
      left -= 16
      pending = (pending << 16) | (code >>> left)
      count += 16
      while (count >= 8) {
        count -= 8
        bytes[end++] = pending >>> count
      }
    }
    pending = (pending << left) | (code & ((1 << left) - 1))
    count += left
    while (count >= 8) {
      count -= 8
      bytes[end++] = pending >>> count
    }
  }
  // Padding is the beginning of the end-of-string code: ones.
  if (count > 0) bytes[end++] = (pending << (8 - count)) | (0xff >>> count)
  return end
}
