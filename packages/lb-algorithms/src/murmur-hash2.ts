import { multiplyHigh } from './multiply-high.ts'
import type { Hash64, MutableHash } from './xx-hash64.ts'

/**
 * MurmurHash2 of some bytes, in the 64-bit form of libstdc++'s `std::hash`, with its seed; what ring hash means by
 * `MURMUR_HASH_2`.
 *
 * @see https://github.com/aappleby/smhasher/blob/master/src/MurmurHash2.cpp
 */
export function murmurHash2(bytes: Uint8Array): Hash64 {
  const out = { high: 0, low: 0 }
  murmurInto(out, bytes, bytes.length)
  return [out.high >>> 0, out.low >>> 0]
}

/** Writes MurmurHash2 of the first `length` bytes into `out`, as signed halves. */
export function murmurInto(out: MutableHash, bytes: Uint8Array, length: number): void {
  out.high = multiplyHigh(0, length, mulHigh, mulLow)
  out.low = Math.imul(length, mulLow) ^ seed
  let at = 0
  for (; at + 8 <= length; at += 8)
    mixIn(out, littleEndian(bytes, at + 4, 4), littleEndian(bytes, at, 4))
  const left = length - at
  if (left > 0) {
    out.high ^= littleEndian(bytes, at + 4, left - 4)
    out.low ^= littleEndian(bytes, at, Math.min(left, 4))
    scale(out)
  }
  shiftMix(out)
  scale(out)
  shiftMix(out)
}

const [mulHigh, mulLow] = [0xc6a4a793 | 0, 0x5bd1e995 | 0]
const seed = 0xc70f6907 | 0

const word: MutableHash = { high: 0, low: 0 }

function mixIn(out: MutableHash, high: number, low: number): void {
  word.high = high
  word.low = low
  scale(word)
  shiftMix(word)
  scale(word)
  out.high ^= word.high
  out.low ^= word.low
  scale(out)
}

function scale(out: MutableHash): void {
  out.high = multiplyHigh(out.high, out.low, mulHigh, mulLow)
  out.low = Math.imul(out.low, mulLow)
}

/** XORs itself shifted right by 47. */
function shiftMix(out: MutableHash): void {
  out.low ^= out.high >>> 15
}

/** Up to four bytes, none if `count` is not above 0. */
function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = 0; i < count; i++) value |= (bytes[at + i] ?? 0) << (8 * i)
  return value
}
