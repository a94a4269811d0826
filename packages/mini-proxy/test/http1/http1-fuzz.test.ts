import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { fuzzHttp1, plantedHttp1Faults } from './http1-fuzz.ts'

test('ten thousand connections tell the same, however their bytes are cut', {
  timeout: 60_000,
}, () => {
  const report = fuzzHttp1(seededRandom(9112), 10_000)

  expect(report.examples).toEqual([])
  expect(report.differences).toBe(0)
  // Neither all in order nor all out of it.
  expect(report.faults).toBeGreaterThan(2000)
  expect(report.connections - report.faults).toBeGreaterThan(2000)
  expect(report.messages).toBeGreaterThan(10_000)
})

describe('the fuzzing finds', () => {
  test.each(Object.entries(plantedHttp1Faults))('%s', (_, fault) => {
    expect(fuzzHttp1(seededRandom(9112), 300, fault).differences).toBeGreaterThan(0)
  })
})
