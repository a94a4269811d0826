import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TurnQueue } from './turn-queue.ts'

const step = fc.record({
  kind: fc.constantFrom('add' as const, 'add' as const, 'remove' as const, 'next' as const),
  which: fc.nat(60),
})

test('gives back what a set of the same items does, in its order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const items = Array.from({ length: 61 }, (_, name) => ({ name, turn: -1 }))
      const queue = new TurnQueue<(typeof items)[number]>()
      const set = new Set<(typeof items)[number]>()
      for (const { kind, which } of steps) {
        const item = items[which] ?? { name: -1, turn: -1 }
        if (kind === 'add') {
          queue.add(item)
          set.add(item)
        } else if (kind === 'remove') {
          queue.remove(item)
          set.delete(item)
        } else {
          const [first] = set
          if (first !== undefined) set.delete(first)
          expect(queue.next()).toBe(first)
        }
        expect(queue.size).toBe(set.size)
      }
      for (const item of set) expect(queue.next()).toBe(item)
      expect(queue.next()).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})

test('takes ever new items while one waits for ever', () => {
  const queue = new TurnQueue<{ readonly name: number; turn: number }>()
  const patient = { name: -1, turn: -1 }
  let highest = 0
  queue.add(patient)
  for (let name = 0; name < 10_000; name++) {
    const item = { name, turn: -1 }
    queue.add(item)
    highest = Math.max(highest, item.turn)
    queue.remove(item)
  }
  expect(highest).toBeLessThan(64)
  expect(queue.next()).toBe(patient)
  expect(queue.size).toBe(0)
})
