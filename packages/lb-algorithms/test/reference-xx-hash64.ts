/** XXH64 in 64-bit integers, straight from its specification. */
export function referenceXxHash64(bytes: Uint8Array, seed: bigint): bigint {
  const [p1, p2, p3, p4, p5] = [
    11400714785074694791n,
    14029467366897019727n,
    1609587929392839161n,
    9650029242287828579n,
    2870177450012600261n,
  ]
  const u = (value: bigint) => BigInt.asUintN(64, value)
  const rotl = (value: bigint, bits: bigint) => u((value << bits) | (value >> (64n - bits)))
  const round = (lane: bigint, input: bigint) => u(rotl(u(lane + u(input * p2)), 31n) * p1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let hash = u(seed + p5)
  if (bytes.length >= 32) {
    let lanes = [u(seed + p1 + p2), u(seed + p2), seed, u(seed - p1)]
    for (; at + 32 <= bytes.length; at += 32) {
      lanes = lanes.map((lane, i) => round(lane, view.getBigUint64(at + 8 * i, true)))
    }
    hash = lanes.reduce((sum, lane, i) => u(sum + rotl(lane, [1n, 7n, 12n, 18n][i] ?? 0n)), 0n)
    for (const lane of lanes) hash = u((hash ^ round(0n, lane)) * p1 + p4)
  }
  hash = u(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8)
    hash = u(rotl(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4)
  if (at + 4 <= bytes.length) {
    hash = u(rotl(hash ^ u(BigInt(view.getUint32(at, true)) * p1), 23n) * p2 + p3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = u(rotl(hash ^ u(BigInt(bytes[at] ?? 0) * p5), 11n) * p1)
  hash = u((hash ^ (hash >> 33n)) * p2)
  hash = u((hash ^ (hash >> 29n)) * p3)
  return hash ^ (hash >> 32n)
}
