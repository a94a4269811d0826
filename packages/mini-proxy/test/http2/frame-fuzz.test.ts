import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { fuzzFrames, plantedFrameFaults } from './frame-fuzz.ts'

const kinds = ['connection', 'data', 'goaway', 'headers', 'ping', 'priority', 'reset', 'settings']
kinds.push('stream', 'unknown', 'window')

test('ten thousand connections tell the same, however their bytes are cut', {
  timeout: 60_000,
}, () => {
  const report = fuzzFrames(seededRandom(9113), 10_000)

  expect(report.examples).toEqual([])
  expect(report.differences).toBe(0)
  // Neither all in order nor all out of it.
  expect(report.faults).toBeGreaterThan(2000)
  expect(report.connections - report.faults).toBeGreaterThan(2000)
  expect(report.frames).toBeGreaterThan(30_000)
  expect([...report.kinds].toSorted()).toEqual(kinds)
})

describe('the fuzzing finds', () => {
  test.each(Object.entries(plantedFrameFaults))('%s', (_, fault) => {
    expect(fuzzFrames(seededRandom(9113), 300, fault).differences).toBeGreaterThan(0)
  })
})
