/**
 * The high half of the product of two 64-bit numbers modulo 2^64; its low half is `Math.imul(aLow, bLow)`. Halves and
 * answer are signed.
 */
export function multiplyHigh(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  // Schoolbook by 16-bit digits: no partial sum leaves 32 bits.
  const a0 = aLow & 0xffff
  const a1 = aLow >>> 16
  const b0 = bLow & 0xffff
  const b1 = bLow >>> 16
  const cross = Math.imul(a1, b0)
  const middle = Math.imul(a0, b1)
  const carry = (Math.imul(a0, b0) >>> 16) + (cross & 0xffff) + (middle & 0xffff)
  const high = Math.imul(a1, b1) + (cross >>> 16) + (middle >>> 16) + (carry >>> 16)
  return (high + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0
}
