import { bytesOf } from './bytes-of.ts'
import { type Hash64, xxHash64 } from './xx-hash64.ts'

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

function hashOfParts(parts: readonly string[]): Hash64 {
  let hash: Hash64 = [0, 0]
  for (const part of parts) hash = xxHash64(bytesOf(part), hash)
  return hash
}

function combined([high, low]: Hash64, [keyHigh, keyLow]: Hash64): Hash64 {
  return [
    (((high << 1) | (low >>> 31)) ^ keyHigh) >>> 0,
    (((low << 1) | (high >>> 31)) ^ keyLow) >>> 0,
  ]
}
