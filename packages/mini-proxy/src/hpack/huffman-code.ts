/** The symbol that ends a string; it must not stand in one. */
export const endOfString = 256

/**
 * Bits of the code of each byte and of {@link endOfString}. The code is canonical (by length, then by symbol), so its
 * lengths are all there is to know.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-B
 */
// biome-ignore format: sixteen bytes in a row
export const codeLengths: Uint8Array = Uint8Array.of(
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
)

/** The code of each symbol, in the lowest bits. */
export const codes: Uint32Array = canonicalCodes()

function canonicalCodes(): Uint32Array {
  const assigned = new Uint32Array(codeLengths.length)
  const longest = Math.max(...codeLengths)
  let next = 0
  for (let length = 1; length <= longest; length++) {
    next *= 2
    for (const [symbol, itsLength] of codeLengths.entries()) {
      if (itsLength === length) assigned[symbol] = next++
    }
  }
  return assigned
}
