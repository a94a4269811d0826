import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { fuzzHpack, plantedHpackFaults } from './hpack-fuzz.ts'

test('takes and refuses ten thousand blocks as a decoder by the letter of the RFC does', {
  timeout: 60_000,
}, () => {
  const report = fuzzHpack(seededRandom(6), 10_000)

  expect(report.examples).toEqual([])
  expect(report.differences).toBe(0)
  expect(report.blocks).toBeGreaterThanOrEqual(10_000)
  // Both kinds are many.
  expect(report.taken).toBeGreaterThan(6000)
  expect(report.blocks - report.taken).toBeGreaterThan(1500)
})

describe('the fuzzing finds', () => {
  test.each(Object.entries(plantedHpackFaults))('%s', (_, fault) => {
    expect(fuzzHpack(seededRandom(6), 1000, fault).differences).toBeGreaterThan(0)
  })
})
