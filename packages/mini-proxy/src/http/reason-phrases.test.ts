import { STATUS_CODES } from 'node:http'
import { expect, test } from 'vitest'
import { reasonPhrases } from './reason-phrases.ts'

test('phrases are those that Node gives', () => {
  expect(Object.keys(reasonPhrases).length).toBeGreaterThan(60)
  expect(reasonPhrases).toEqual(STATUS_CODES)
})
