import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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

test('fields that take the place of each other again and again leave nothing behind', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const found = new FoundFields()
  // Three fields of two slots: by turns one is in the second of them, and the next in neither.
  const values = ['val-A-1', 'val-C-1', 'val-B-1']
  found.add('same', 'val-A-1', 1)
  found.add('same', 'val-B-1', 2)
  found.add('stays', 'where it is', 3)
  let added = 3
  const run = (rounds: number): number => {
    for (let i = 0; i < rounds * values.length; i++) {
      const value = values[i % values.length] ?? ''
      if (found.recall('same', value) === 0) found.add('same', value, ++added)
    }
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = run(1000)

  const after = run(200_000)

  expect(added).toBeGreaterThan(200_000)
  expect(found.recall('stays', 'where it is')).toBe(3)
  expect((after - before) / 1e6).toBeLessThan(2)
})
