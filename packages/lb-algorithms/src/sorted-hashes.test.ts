import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SortedHashes } from './sorted-hashes.ts'

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
/** Evenly spread; all near one place; a few values only. */
const half = fc.oneof(uint32, fc.integer({ min: 7_000_000, max: 7_000_300 }), fc.nat(3))
const hash = fc.tuple(half, half)
const hashes = fc.array(hash, { maxLength: 200, size: 'max' })

const number = ([high, low]: readonly [number, number]): bigint =>
  (BigInt(high) << 32n) | BigInt(low)

test('what is found is the first hash that is not below, whether or not hashes spread evenly', () => {
  let found = 0
  fc.assert(
    fc.property(hashes, fc.array(hash, { maxLength: 20 }), (all, others) => {
      const sorted = new SortedHashes({
        highs: Uint32Array.from(all, ([high]) => high),
        lows: Uint32Array.from(all, ([, low]) => low),
        owners: Uint32Array.from(all, (_, i) => i),
        length: all.length,
      })
      const order = all.map((it, owner) => ({ at: number(it), owner }))
      // Stable: equal hashes stay in the order given.
      order.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      for (const wanted of [...others, ...all]) {
        const first = order.findIndex(({ at }) => at >= number(wanted))
        const index = sorted.indexOf(wanted[0] | 0, wanted[1] | 0)
        expect(index).toBe(Math.max(0, first))
        if (all.length > 0) expect(sorted.ownerAt(index)).toBe(order[index]?.owner)
        found += 1
      }
    }),
    { numRuns: 200, seed: 1 },
  )
  expect(found).toBeGreaterThan(10_000)
})
