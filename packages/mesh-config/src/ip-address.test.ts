import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCidr, isIpAddress } from './ip-address.ts'

test('agrees with Node on what an address is', () => {
  const near = fc.string({
    unit: fc.constantFrom('0', '1', '2', '5', 'a', 'f', '.', ':', '::', '.'),
    maxLength: 20,
  })
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), near), (text) => {
      expect(isIpAddress(text)).toBe(isIP(text) !== 0)
    }),
    { numRuns: 2000 },
  )
})

test('knows ranges by their length', () => {
  expect(['10.0.0.0/8', '0.0.0.0/0', 'fd00::/8', '::/128'].map(isCidr)).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/08', '/8', 'a/8'].map(isCidr)).toEqual(
    Array.from({ length: 6 }, () => false),
  )
})
