const offsetBasis = 0xcbf29ce484222325n
const prime = 0x100000001b3n

/**
 * A version for encoded resources: 16 hexadecimal digits that depend on the bytes alone. Because
 * equal messages have equal bytes, they have equal versions, in every process.
 *
 * It is a 64-bit FNV-1a hash: made to tell versions of one's own resources apart, not to withstand
 * somebody who searches for collisions.
 *
 * @see https://datatracker.ietf.org/doc/draft-eastlake-fnv/
 */
export function versionOf(bytes: Uint8Array): string {
  // The 64-bit product in 16-bit limbs: bigint arithmetic per byte would be fifty times slower.
  let [a, b, c, d] = limbs(offsetBasis)
  const [p, , q] = limbs(prime)
  for (const byte of bytes) {
    a ^= byte
    const t0 = a * p
    const t1 = b * p + (t0 >>> 16)
    const t2 = c * p + a * q + (t1 >>> 16)
    const t3 = d * p + b * q + (t2 >>> 16)
    a = t0 & 0xffff
    b = t1 & 0xffff
    c = t2 & 0xffff
    d = t3 & 0xffff
  }
  return [d, c, b, a].map((limb) => limb.toString(16).padStart(4, '0')).join('')
}

/** The 16-bit parts of a 64-bit number, lowest first. */
function limbs(value: bigint): [number, number, number, number] {
  const limb = (shift: bigint): number => Number((value >> shift) & 0xffffn)
  return [limb(0n), limb(16n), limb(32n), limb(48n)]
}
