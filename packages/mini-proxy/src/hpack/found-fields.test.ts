import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { FoundFields } from './found-fields.ts'

test('recalls what was added, in any order', () => {
  const found = new FoundFields()
  const fields = [':status 200', 'content-type text/html', 'date today', 'server a'].map((it) =>
    it.split(' '),
  )
  fields.forEach(([name = '', value = ''], at) => {
    expect(found.recall(name, value)).toBe(0)
    found.add(name, value, at + 1)
  })
  const recalled = (order: readonly number[]) =>
    order.map((at) => found.recall(fields[at]?.[0] ?? '', fields[at]?.[1] ?? ''))
  expect(recalled([0, 1, 2, 3, 0, 1, 2, 3])).toEqual([1, 2, 3, 4, 1, 2, 3, 4])
  expect(recalled([3, 1, 1, 0, 2])).toEqual([4, 2, 2, 1, 3])
})

test('tells fields apart that differ in the name or the value alone', () => {
  const found = new FoundFields()
  found.add('a', 'b', 1)
  found.add('c', 'b', 2)
  found.add('a', 'b', -3)
  expect([found.recall('a', 'b'), found.recall('c', 'b'), found.recall('a', 'c')]).toEqual([
    -3, 2, 0,
  ])
})

test('never gives an id that is not the last one of the field, whatever was forgotten', () => {
  const random = seededRandom(11)
  const found = new FoundFields()
  const ids = new Map<string, number>()
  let recalled = 0
  for (let id = 1; id <= 20_000; id++) {
    // Some come often, many once or twice.
    const value = `${Math.floor(random() ** 3 * 500)}`
    const got = found.recall('name', value)
    if (got === 0) {
      found.add('name', value, id)
      ids.set(value, id)
    } else {
      expect(got).toBe(ids.get(value))
      recalled += 1
    }
  }
  expect(recalled).toBeGreaterThan(4000)
  expect(ids.size).toBeGreaterThan(400)
})
