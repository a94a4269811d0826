/**
 * XXH64 on 32-bit halves: no 64-bit integers, no WebAssembly. About 24 multiplications for a key of 36 bytes; nothing is
 * allocated but the answer.
 * https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
import { multiplyHigh } from './multiply-high.ts'

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
  hashInto(scratch, bytes, bytes.length, seedHigh, seedLow)
  return [scratch.high >>> 0, scratch.low >>> 0]
}

/** A 64-bit number that is written over: signed halves, which engines keep without a box. */
export interface MutableHash {
  high: number
  low: number
}

/** Writes XXH64 of the first `length` bytes into `out`, as signed halves. */
// biome-ignore lint/complexity/useMaxParams: two of them are one 64-bit number, which an object would have to be allocated for
export function hashInto(
  out: MutableHash,
  bytes: Uint8Array,
  length: number,
  seedHigh = 0,
  seedLow = 0,
): void {
  let at = 0
  out.high = seedHigh | 0
  out.low = seedLow | 0
  if (length >= stripe) at = hashStripes(out, bytes, length)
  else add(out, p5High, p5Low)
  add(out, 0, length)
  hashTail(out, bytes, at, length)
}

const scratch: MutableHash = { high: 0, low: 0 }
const stripe = 32
const [p1High, p1Low] = [0x9e3779b1 | 0, 0x85ebca87 | 0]
const [p2High, p2Low] = [0xc2b2ae3d | 0, 0x27d4eb4f | 0]
const [p3High, p3Low] = [0x165667b1 | 0, 0x9e3779f9 | 0]
const [p4High, p4Low] = [0x85ebca77 | 0, 0xc2b2ae63 | 0]
const [p5High, p5Low] = [0x27d4eb2f | 0, 0x165667c5 | 0]

function add(out: MutableHash, high: number, low: number): void {
  const sum = (out.low + low) | 0
  out.high = (out.high + high + (sum >>> 0 < low >>> 0 ? 1 : 0)) | 0
  out.low = sum
}

/** Four accumulators, high half first. */
const lanes = new Int32Array(8)
const laneRotations = [1, 7, 12, 18] as const

/** Folds all whole stripes into `out`, which holds the seed before; returns where they end. */
function hashStripes(out: MutableHash, bytes: Uint8Array, length: number): number {
  startLanes(out)
  let at = 0
  for (; at + stripe <= length; at += stripe) {
    for (let lane = 0; lane < 8; lane += 2) {
      const from = at + 4 * lane
      round(lane, read32(bytes, from + 4), read32(bytes, from))
    }
  }
  out.high = 0
  out.low = 0
  for (let i = 0; i < 4; i++) {
    const [high, low] = [lanes[2 * i] ?? 0, lanes[2 * i + 1] ?? 0]
    const bits = laneRotations[i] ?? 0
    const back = 32 - bits
    add(out, (high << bits) | (low >>> back), (low << bits) | (high >>> back))
  }
  for (let lane = 0; lane < 8; lane += 2) mergeLane(out, lanes[lane] ?? 0, lanes[lane + 1] ?? 0)
  return at
}

function startLanes({ high, low }: MutableHash): void {
  scratch64.high = high
  scratch64.low = low
  add(scratch64, p2High, p2Low)
  lanes[2] = scratch64.high
  lanes[3] = scratch64.low
  add(scratch64, p1High, p1Low)
  lanes[0] = scratch64.high
  lanes[1] = scratch64.low
  lanes[4] = high
  lanes[5] = low
  scratch64.high = high
  scratch64.low = low
  // Minus prime 1, as two's complement.
  add(scratch64, ~p1High, -p1Low | 0)
  lanes[6] = scratch64.high
  lanes[7] = scratch64.low
}

const scratch64: MutableHash = { high: 0, low: 0 }

function round(lane: number, high: number, low: number): void {
  const scaledLow = Math.imul(low, p2Low)
  const scaledHigh = multiplyHigh(high, low, p2High, p2Low)
  const sumLow = ((lanes[lane + 1] ?? 0) + scaledLow) | 0
  const carry = sumLow >>> 0 < scaledLow >>> 0 ? 1 : 0
  const sumHigh = ((lanes[lane] ?? 0) + scaledHigh + carry) | 0
  const turnedHigh = (sumHigh << 31) | (sumLow >>> 1)
  const turnedLow = (sumLow << 31) | (sumHigh >>> 1)
  lanes[lane] = multiplyHigh(turnedHigh, turnedLow, p1High, p1Low)
  lanes[lane + 1] = Math.imul(turnedLow, p1Low)
}

function mergeLane(out: MutableHash, high: number, low: number): void {
  xorRound(out, high, low)
  const mergedHigh = multiplyHigh(out.high, out.low, p1High, p1Low)
  out.low = Math.imul(out.low, p1Low)
  out.high = mergedHigh
  add(out, p4High, p4Low)
}

/** XORs one round of an empty lane over the input into `out`. */
function xorRound(out: MutableHash, high: number, low: number): void {
  const scaledLow = Math.imul(low, p2Low)
  const scaledHigh = multiplyHigh(high, low, p2High, p2Low)
  const turnedHigh = (scaledHigh << 31) | (scaledLow >>> 1)
  const turnedLow = (scaledLow << 31) | (scaledHigh >>> 1)
  out.high ^= multiplyHigh(turnedHigh, turnedLow, p1High, p1Low)
  out.low ^= Math.imul(turnedLow, p1Low)
}

/** Rotates left, then multiplies. */
function turnAndScale(out: MutableHash, bits: number, high: number, low: number): void {
  const back = 32 - bits
  const turnedHigh = (out.high << bits) | (out.low >>> back)
  const turnedLow = (out.low << bits) | (out.high >>> back)
  out.high = multiplyHigh(turnedHigh, turnedLow, high, low)
  out.low = Math.imul(turnedLow, low)
}

function hashTail(out: MutableHash, bytes: Uint8Array, start: number, length: number): void {
  let at = start
  for (; at + 8 <= length; at += 8) {
    xorRound(out, read32(bytes, at + 4), read32(bytes, at))
    turnAndScale(out, 27, p1High, p1Low)
    add(out, p4High, p4Low)
  }
  if (at + 4 <= length) {
    const word = read32(bytes, at)
    out.high ^= multiplyHigh(0, word, p1High, p1Low)
    out.low ^= Math.imul(word, p1Low)
    turnAndScale(out, 23, p2High, p2Low)
    add(out, p3High, p3Low)
    at += 4
  }
  for (; at < length; at++) {
    const byte = bytes[at] ?? 0
    out.high ^= multiplyHigh(0, byte, p5High, p5Low)
    out.low ^= Math.imul(byte, p5Low)
    turnAndScale(out, 11, p1High, p1Low)
  }
  avalanche(out)
}

function avalanche(out: MutableHash): void {
  let { high, low } = out
  low ^= high >>> 1
  let product = multiplyHigh(high, low, p2High, p2Low)
  low = Math.imul(low, p2Low)
  high = product
  low ^= (low >>> 29) | (high << 3)
  high ^= high >>> 29
  product = multiplyHigh(high, low, p3High, p3Low)
  out.low = Math.imul(low, p3Low) ^ product
  out.high = product
}

function read32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}
