import { expect, test } from 'vitest'
import { countsOf } from './test-counts.ts'

test.each([
  [' Tests  6 passed (6)', { passed: 6, failed: 0, skipped: 0 }],
  [' Tests  1 failed | 5 passed | 2 skipped (8)', { passed: 5, failed: 1, skipped: 2 }],
  ['ℹ pass 3\nℹ fail 1\nℹ skipped 0', { passed: 3, failed: 1, skipped: 0 }],
  ['11 passed, 2 failed', { passed: 11, failed: 2, skipped: 0 }],
  ['22 passed, 0 failed in 40 s', { passed: 22, failed: 0, skipped: 0 }],
  [' Test Files  2 passed (2)', { passed: 0, failed: 0, skipped: 0 }],
])('reads %j', (output, counts) => {
  expect(countsOf(output)).toEqual(counts)
})
