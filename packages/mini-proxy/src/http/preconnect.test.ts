import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectAhead, lacksRoom, mostConnectsAtOnce, type PoolLoad } from './preconnect.ts'

const count = fc.nat(200)
const loads = fc.record({ pending: count, active: count, capacity: count })
const ratios = fc.double({ min: 1, max: 3, noNaN: true })

/** A pool whose connections take so many requests each, and that may have so many more. */
class Growing {
  load: PoolLoad
  opened = 0
  readonly #each: number
  readonly #most: number

  constructor(load: PoolLoad, each: number, most: number) {
    this.load = load
    this.#each = each
    this.#most = most
  }

  readonly connect = (): boolean => {
    if (this.opened === this.#most) return false
    this.opened++
    this.load = { ...this.load, capacity: this.load.capacity + this.#each }
    return true
  }
}

test('opens no connection while there is room, and then one after the other until there is', () => {
  fc.assert(
    fc.property(loads, ratios, fc.integer({ min: 1, max: 50 }), fc.nat(5), (...drawn) => {
      const [load, ratio, each, most] = drawn
      const pool = new Growing(load, each, most)
      connectAhead(pool, ratio, pool.connect)

      const enough = Math.min(most, mostConnectsAtOnce)
      const before = { ...pool.load, capacity: pool.load.capacity - each }
      expect(pool.opened).toBeLessThanOrEqual(enough)
      if (pool.opened < enough) expect(lacksRoom(pool.load, ratio, 0)).toBe(false)
      if (pool.opened > 0) expect(lacksRoom(before, ratio, 0)).toBe(true)
    }),
  )
})

test('a ratio of 1 is for those who wait, and for nobody else', () => {
  fc.assert(
    fc.property(loads, (load) => {
      expect(lacksRoom(load, 1, 0)).toBe(load.pending > load.capacity)
    }),
  )
})

test('a request that is coming counts as one that waits', () => {
  fc.assert(
    fc.property(loads, ratios, (load, ratio) => {
      const waiting = { ...load, pending: load.pending + 1 }
      expect(lacksRoom(load, ratio, 1)).toBe(lacksRoom(waiting, ratio, 0))
    }),
  )
})

test('more requests or a higher ratio never need fewer connections, and more room never more', () => {
  fc.assert(
    fc.property(loads, ratios, ratios, (load, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const needs = (of: PoolLoad, ratio: number): number => (lacksRoom(of, ratio, 0) ? 1 : 0)
      const { active, capacity } = load
      expect(needs(load, high)).toBeGreaterThanOrEqual(needs(load, low))
      expect(needs({ ...load, active: active + 1 }, low)).toBeGreaterThanOrEqual(needs(load, low))
      expect(needs({ ...load, capacity: capacity + 1 }, low)).toBeLessThanOrEqual(needs(load, low))
    }),
  )
})

test.each([
  [1.1, 10, 1],
  [1.05, 20, 1],
  [1.1, 11, 2],
])('at %d, %d requests need %d connections beside their own', (ratio, active, needed) => {
  const spare = (capacity: number): boolean => lacksRoom({ pending: 0, active, capacity }, ratio, 0)
  expect([spare(needed - 1), spare(needed)]).toEqual([true, false])
})
