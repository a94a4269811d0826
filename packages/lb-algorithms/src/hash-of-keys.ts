import { bytesOf, writeLatin1 } from './bytes-of.ts'
import { type Hash64, hashInto, type MutableHash } from './xx-hash64.ts'

/**
 * The hash of a request, of the keys that its hash policies gave; undefined if they gave none.
 *
 * As in Envoy: of a key with several parts each is hashed with the hash before as its seed; before a further key is XORed
 * in, the hash is rotated left by one bit.
 */
export function hashOfKeys(keys: readonly (readonly string[])[]): Hash64 | undefined {
  let hash: Hash64 | undefined
  for (const parts of keys) {
    const key = hashOfParts(parts)
    hash = hash === undefined ? key : combined(hash, key)
  }
  return hash
}

/** The hash of one key, as {@link hashOfKeys} of `[[key]]`. */
export function hashOfKey(key: string): Hash64 {
  hashTextInto(out, key, 0, 0)
  return [out.high >>> 0, out.low >>> 0]
}

function hashOfParts(parts: readonly string[]): Hash64 {
  out.high = 0
  out.low = 0
  for (const part of parts) hashTextInto(out, part, out.high, out.low)
  return [out.high >>> 0, out.low >>> 0]
}

/** Keys up to this length are hashed without allocating. */
const scratch = new Uint8Array(256)
const out: MutableHash = { high: 0, low: 0 }

/** Writes the hash of the bytes of a text into `into`, as signed halves. */
export function hashTextInto(
  into: MutableHash,
  text: string,
  seedHigh: number,
  seedLow: number,
): void {
  const { length } = text
  if (length <= scratch.length && writeLatin1(text, scratch)) {
    hashInto(into, scratch, length, seedHigh, seedLow)
    return
  }
  const bytes = bytesOf(text)
  hashInto(into, bytes, bytes.length, seedHigh, seedLow)
}

function combined([high, low]: Hash64, [keyHigh, keyLow]: Hash64): Hash64 {
  return [
    (((high << 1) | (low >>> 31)) ^ keyHigh) >>> 0,
    (((low << 1) | (high >>> 31)) ^ keyLow) >>> 0,
  ]
}
