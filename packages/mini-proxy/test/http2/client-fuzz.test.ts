import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { fuzzClient } from './client-fuzz.ts'
import { plantedFrameFaults } from './frame-fuzz.ts'

test('a client does the same however the bytes of a server are cut, and leaves nothing behind', {
  timeout: 60_000,
}, async () => {
  const report = await fuzzClient(seededRandom(9113), 1000)

  expect(report.examples).toEqual([])
  expect(report.differences).toBe(0)
  // Neither all in order nor all out of it.
  expect(report.faults).toBeGreaterThan(100)
  expect(report.connections - report.faults).toBeGreaterThan(400)
  expect(report.whole).toBeGreaterThan(1500)
  expect(report.resets).toBeGreaterThan(500)
})

describe('the fuzzing finds', () => {
  test.each(Object.entries(plantedFrameFaults))('%s', async (_, fault) => {
    const { differences } = await fuzzClient(seededRandom(9113), 100, fault)
    expect(differences).toBeGreaterThan(0)
  })
})
