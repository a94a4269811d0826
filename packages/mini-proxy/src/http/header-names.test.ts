import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeaderList } from './header-list.ts'
import { HeaderNames } from './header-names.ts'

const name = fc.oneof(
  fc.constantFrom('', 'a', 'te', 'host', 'x-a', 'x-b', 'x'.repeat(64), 'x'.repeat(65)),
  fc.stringMatching(/^[a-z-]{1,70}$/),
)

test('holds the names that it was given, and no others', () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(name), (given, asked) => {
      const names = new HeaderNames(given)
      for (const one of [...given, ...asked]) expect(names.has(one)).toBe(given.includes(one))
    }),
  )
})

test('knows whether one of its names is in a list, and takes those out', () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(name), (given, there) => {
      const names = new HeaderNames(given)
      const headers = new HeaderList(there.flatMap((one) => [one, 'v']))
      const others = there.filter((one) => !given.includes(one))
      expect(names.isIn(headers)).toBe(others.length < there.length)
      names.removeFrom(headers)
      expect(Array.from(headers, ([one]) => one)).toEqual(others)
    }),
  )
})
