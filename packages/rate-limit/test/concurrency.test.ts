import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { createConcurrency, createKeyedConcurrency } from '../src/index.ts'

const notHeld = expect.objectContaining({ code: 'ERR_RATE_LIMIT_NOT_HELD' })

test('places are taken up to the limit and can be taken again once given back', () => {
  const places = createConcurrency({ limit: 2 })

  expect([places.take(), places.take(), places.take(), places.inUse]).toEqual([
    true,
    true,
    false,
    2,
  ])
  places.release()
  expect([places.take(), places.inUse]).toEqual([true, 2])
})

test('what is not held cannot be given back', () => {
  const places = createConcurrency({ limit: 1 })
  const keyed = createKeyedConcurrency({ limit: 1 })

  expect(() => places.release()).toThrow(notHeld)
  expect(() => keyed.release('a')).toThrow(notHeld)
})

test('keys hold places apart and are forgotten with their last one', () => {
  const keyed = createKeyedConcurrency({ limit: 3, maxKeys: 5 })
  // Every place that is held, by its key.
  let held: string[] = []
  const random = seededRandom(3)
  let refusedAtBound = 0
  for (let i = 0; i < 20_000; i++) {
    const key = String(Math.floor(random() * 9))
    const count = held.filter((it) => it === key).length
    const keys = new Set(held).size
    const atBound = count === 0 && keys === 5
    if (random() < 0.55) {
      if (atBound) refusedAtBound += 1
      expect(keyed.take(key)).toBe(count < 3 && !atBound)
      if (count < 3 && !atBound) held.push(key)
    } else if (count > 0) {
      keyed.release(key)
      held = held.toSpliced(held.indexOf(key), 1)
    }
    expect(keyed.size).toBe(new Set(held).size)
    expect(keyed.inUse(key)).toBe(held.filter((it) => it === key).length)
  }
  expect(refusedAtBound).toBeGreaterThan(500)
})

test.each([-1, 0.5, Number.NaN, 2 ** 32])('refuses a limit of %d', (limit) => {
  const code = expect.objectContaining({ code: 'ERR_RATE_LIMIT_OPTION' })
  expect(() => createConcurrency({ limit })).toThrow(code)
  expect(() => createKeyedConcurrency({ limit })).toThrow(code)
})

test('a limit of nothing lets nothing through', () => {
  expect(createConcurrency({ limit: 0 }).take()).toBe(false)
})
