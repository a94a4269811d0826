import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { plantedFrameFaults } from './frame-fuzz.ts'
import { fuzzServer } from './server-fuzz.ts'

test('a server does the same however the bytes of a client are cut, and leaves nothing behind', {
  timeout: 60_000,
}, async () => {
  const report = await fuzzServer(seededRandom(9113), 2000)

  expect(report.examples).toEqual([])
  expect(report.differences).toBe(0)
  // Neither all in order nor all out of it.
  expect(report.faults).toBeGreaterThan(400)
  expect(report.connections - report.faults).toBeGreaterThan(400)
  expect(report.whole).toBeGreaterThan(2000)
  expect(report.requests - report.whole).toBeGreaterThan(500)
})

describe('the fuzzing finds', () => {
  test.each(Object.entries(plantedFrameFaults))('%s', async (_, fault) => {
    const { differences } = await fuzzServer(seededRandom(9113), 100, fault)
    expect(differences).toBeGreaterThan(0)
  })
})
