import fc from 'fast-check'
import { expect, test } from 'vitest'
import { intern } from './intern.ts'

test.each(['', '0', '-1', '4294967295', '__proto__', 'constructor', 'x-request-id', '\x80\xff'])(
  'keeps the characters of %j',
  (text) => {
    expect(intern(text)).toBe(text)
  },
)

test('keeps the characters of any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => intern(text) === text))
})
