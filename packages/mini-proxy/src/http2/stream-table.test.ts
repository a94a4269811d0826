import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamTable } from './stream-table.ts'

const step = fc.record({
  kind: fc.constantFrom('add' as const, 'add' as const, 'delete' as const, 'get' as const),
  // Few homes, so that streams stand in each other's way.
  id: fc.oneof(
    fc.nat(40),
    fc.nat(20).map((it) => it * 32 + 1),
    fc.nat(0x7fff_ffff),
  ),
})

test('holds what a map holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new StreamTable<{ readonly id: number }>()
      const map = new Map<number, { readonly id: number }>()
      for (const { kind, id } of steps) {
        if (kind === 'delete') {
          table.delete(id)
          map.delete(id)
        } else if (kind === 'add' && !map.has(id)) {
          const stream = { id }
          table.add(stream)
          map.set(id, stream)
        }
        expect(table.get(id)).toBe(map.get(id))
        expect(table.size).toBe(map.size)
      }
      const all = [...map.values()].sort((a, b) => a.id - b.id)
      expect(table.values()).toEqual(all)
      for (const stream of all) expect(table.get(stream.id)).toBe(stream)
    }),
    { numRuns: 2000 },
  )
})

test('holds ever new ids, and none that is gone', () => {
  const table = new StreamTable<{ readonly id: number }>()
  for (let id = 1; id < 20_001; id += 2) {
    table.add({ id })
    if (id > 200) table.delete(id - 200)
  }
  expect(table.size).toBe(100)
  expect(table.values().map((it) => it.id)).toEqual(
    Array.from({ length: 100 }, (_, i) => 19_801 + 2 * i),
  )
  expect(table.get(1)).toBeUndefined()
})

test('is as good as new after a burst of streams', () => {
  const table = new StreamTable<{ readonly id: number }>()
  for (let burst = 0; burst < 3; burst++) {
    for (let id = 0; id < 3000; id++) table.add({ id })
    expect(table.values()).toHaveLength(3000)
    for (let id = 0; id < 3000; id++) table.delete((id * 7) % 3000)
    expect(table.size).toBe(0)
    expect(table.values()).toEqual([])
  }
})

/** A stream with four kilobytes of its own. */
interface Heavy {
  readonly id: number
  readonly body: readonly number[]
}

/**
 * Megabytes that streams which came and went leave behind after collections of young garbage alone, on a connection that
 * is so old that all of it has survived a full one.
 */
function leftBehind(add: (stream: Heavy) => void, remove: (id: number) => void): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
  let id = 1
  const churn = (count: number) => {
    for (let i = 0; i < count; i++, id += 2) {
      add({ id, body: new Array<number>(512).fill(id) })
      if (id > 128) remove(id - 128)
    }
  }
  churn(1000)
  collect()
  const before = process.memoryUsage().heapUsed
  for (let round = 0; round < 20; round++) {
    churn(500)
    collect({ type: 'minor' })
  }
  return (process.memoryUsage().heapUsed - before) / 2 ** 20
}

test('leaves nothing behind that only a full collection finds', () => {
  const table = new StreamTable<Heavy>()
  expect(
    leftBehind(
      (it) => table.add(it),
      (id) => table.delete(id),
    ),
  ).toBeLessThan(10)
  const kept: Heavy[] = []
  expect(leftBehind(kept.push.bind(kept), () => undefined)).toBeGreaterThan(20)
})
