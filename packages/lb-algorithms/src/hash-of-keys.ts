import { bytesOf } from './bytes-of.ts'
import { Uint64 } from './uint64.ts'
import { type Hash64, xxHash64 } from './xx-hash64.ts'

/**
 * The hash of a request, of the keys that its hash policies gave; undefined if they gave none.
 *
 * As in Envoy: of a key with several parts each is hashed with the hash before as its seed; before a further key is XORed
 * in, the hash is rotated left by one bit.
 */
export function hashOfKeys(keys: readonly (readonly string[])[]): Hash64 | undefined {
  let hash: Uint64 | undefined
  for (const parts of keys) {
    const [high, low] = hashOfParts(parts)
    const key = new Uint64(high, low)
    hash = hash === undefined ? key : hash.rotateLeft(1).xor(key)
  }
  return hash === undefined ? undefined : [hash.high, hash.low]
}

function hashOfParts(parts: readonly string[]): Hash64 {
  let hash: Hash64 = [0, 0]
  for (const part of parts) hash = xxHash64(bytesOf(part), hash)
  return hash
}
