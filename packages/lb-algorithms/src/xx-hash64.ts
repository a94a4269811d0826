import { Uint64 } from './uint64.ts'

/** A 64-bit number as two unsigned 32-bit halves. */
export type Hash64 = readonly [high: number, low: number]

/**
 * XXH64 of some bytes.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 *
 * @example
 * ```ts
 * xxHash64(new Uint8Array([97, 98, 99])) // => [0x44bc2cf5, 0xad770999]
 * ```
 */
export function xxHash64(bytes: Uint8Array, [seedHigh, seedLow]: Hash64 = [0, 0]): Hash64 {
  const hash = new Uint64(seedHigh, seedLow)
  let at = 0
  if (bytes.length >= stripe) at = hashStripes(bytes, hash)
  else hash.add(prime5)
  hash.add(new Uint64(0, bytes.length))
  for (; at + 8 <= bytes.length; at += 8) {
    hash.xor(round(new Uint64(0, 0), read64(bytes, at)))
    hash.rotateLeft(27).multiply(prime1).add(prime4)
  }
  if (at + 4 <= bytes.length) {
    hash.xor(new Uint64(0, read32(bytes, at)).multiply(prime1))
    hash.rotateLeft(23).multiply(prime2).add(prime3)
    at += 4
  }
  for (; at < bytes.length; at++) {
    hash
      .xor(new Uint64(0, bytes[at] ?? 0).multiply(prime5))
      .rotateLeft(11)
      .multiply(prime1)
  }
  hash.xorShiftRight(33).multiply(prime2).xorShiftRight(29).multiply(prime3).xorShiftRight(32)
  return [hash.high, hash.low]
}

const stripe = 32
const prime1 = new Uint64(0x9e3779b1, 0x85ebca87)
const prime2 = new Uint64(0xc2b2ae3d, 0x27d4eb4f)
const prime3 = new Uint64(0x165667b1, 0x9e3779f9)
const prime4 = new Uint64(0x85ebca77, 0xc2b2ae63)
const prime5 = new Uint64(0x27d4eb2f, 0x165667c5)

/** Folds all whole stripes into `hash`, which holds the seed before; returns where they end. */
function hashStripes(bytes: Uint8Array, hash: Uint64): number {
  const lanes = [
    hash.clone().add(prime1).add(prime2),
    hash.clone().add(prime2),
    hash.clone(),
    hash.clone().subtract(prime1),
  ]
  let at = 0
  for (; at + stripe <= bytes.length; at += stripe) {
    for (const [i, lane] of lanes.entries()) round(lane, read64(bytes, at + 8 * i))
  }
  hash.set(0, 0)
  for (const [i, lane] of lanes.entries()) hash.add(lane.clone().rotateLeft(laneRotations[i] ?? 0))
  for (const lane of lanes) {
    hash
      .xor(round(new Uint64(0, 0), lane))
      .multiply(prime1)
      .add(prime4)
  }
  return at
}

const laneRotations = [1, 7, 12, 18]

function round(lane: Uint64, input: Uint64): Uint64 {
  return lane.add(input.clone().multiply(prime2)).rotateLeft(31).multiply(prime1)
}

function read64(bytes: Uint8Array, at: number): Uint64 {
  return new Uint64(read32(bytes, at + 4), read32(bytes, at))
}

function read32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
}
