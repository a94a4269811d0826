import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeadLines } from '../http1/head-lines.ts'
import { readHeaderBlock } from '../http1/header-block.ts'
import type { HeaderList } from './header-list.ts'

const nothing = (): boolean => false

/** The list of a head, each line after a line break, and where it was read. */
function parsed(text: string): HeaderList {
  const bytes = Buffer.from(`${text}\r\n\r\n`.slice(2), 'latin1')
  const lines = new HeadLines()
  lines.begin(0, 100)
  expect(lines.scan(bytes, 0, bytes.length)).toBe(bytes.length)
  lines.text = bytes.toString('latin1')
  const block = readHeaderBlock(lines, 100)
  if ('detail' in block) throw new Error(block.detail)
  return block.headers
}

test('lines that stand as they were read are copied as they were, case and blanks included', () => {
  const list = parsed('\r\nX-One:  a \r\nHost: b\r\nx-Two:c\r\nX-THREE: d')

  expect(list.linesBut(nothing)).toBe('\r\nX-One:  a \r\nx-Two:c\r\nX-THREE: d')
})

test('what was changed, added or only half kept is written anew, in its place', () => {
  const list = parsed('\r\nX-One: a\r\nTE: gzip, trailers\r\nX-Two: b\r\nX-Three: c')

  list.setClean('x-two', 'B')
  list.append('x-four', 'd')

  expect(list.linesBut(nothing)).toBe(
    '\r\nX-One: a\r\nte: trailers\r\nx-two: B\r\nX-Three: c\r\nx-four: d',
  )
  expect(list.linesBut((name) => name === 'x-three')).toBe(
    '\r\nX-One: a\r\nte: trailers\r\nx-two: B\r\nx-four: d',
  )
})

type Edit = (list: HeaderList) => void

const name = fc.constantFrom('x-a', 'x-b', 'x-c', 'accept', 'date')
const value = fc.constantFrom('', '1', 'two words', '"q"')
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(name, value).map(
    ([n, v]): Edit =>
      (list) =>
        list.set(n, v),
  ),
  fc.tuple(name, value).map(
    ([n, v]): Edit =>
      (list) =>
        list.append(n, v),
  ),
  name.map(
    (n): Edit =>
      (list) =>
        list.remove(n),
  ),
)

test('whatever is done to it, a list writes the lines that it holds', () => {
  let copied = 0
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, value), { maxLength: 8 }),
      fc.array(edit, { maxLength: 6 }),
      fc.boolean(),
      (fields, edits, clones) => {
        const head = fields.map(([n, v]) => `\r\n${n.toUpperCase()}: ${v}`).join('')
        const read = parsed(head)
        const list = clones ? read.clone() : read
        for (const change of edits) change(list)

        const written = list.linesBut(nothing)
        const again = parsed(written)

        expect([...again]).toEqual([...list])
        if (/X-A|X-B|X-C|ACCEPT|DATE/.test(written)) copied += 1
        // The list it was cloned from writes what it has.
        expect([...parsed(read.linesBut(nothing))]).toEqual([...read])
      },
    ),
    { numRuns: 2000 },
  )
  expect(copied).toBeGreaterThan(500)
})

test('a clone and its original change each on its own', () => {
  const list = parsed('\r\nX-One: a\r\nX-Two: b')
  const clone = list.clone()

  clone.remove('x-one')
  list.setClean('x-two', 'c')

  expect(clone.linesBut(nothing)).toBe('\r\nX-Two: b')
  expect(list.linesBut(nothing)).toBe('\r\nX-One: a\r\nx-two: c')
})
