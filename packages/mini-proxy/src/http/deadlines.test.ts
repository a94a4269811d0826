import { ManualClock, seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { Deadlines, deadlinesOn } from './deadlines.ts'

test('a deadline passes within a tenth of a second, never early', () => {
  const clock = new ManualClock()
  const deadlines = new Deadlines(clock)
  const passed: number[] = []
  const item = {
    deadline: deadlines.after(1000),
    onDeadline() {
      passed.push(clock.now())
      deadlines.remove(item)
    },
  }
  deadlines.add(item)
  clock.advance(999)
  expect(passed).toEqual([])
  clock.advance(200)
  expect(passed).toEqual([1100])
})

test('no timer runs when nothing was watched for a tenth of a second', () => {
  const clock = new ManualClock()
  const deadlines = deadlinesOn(clock)
  const item = { deadline: Number.POSITIVE_INFINITY, onDeadline: () => undefined }
  deadlines.add(item)
  expect(clock.pending).toBe(1)
  deadlines.remove(item)
  clock.advance(100)
  expect(clock.pending).toBe(0)
  expect(deadlinesOn(clock)).toBe(deadlines)
})

test('items come, go and pass in any order, and each is told of its own deadline only', () => {
  const clock = new ManualClock()
  const deadlines = new Deadlines(clock)
  const random = seededRandom(3)
  const live = new Set<Item>()
  let told = 0
  class Item {
    deadline = deadlines.after(Math.floor(random() * 3000))
    onDeadline(): void {
      told++
      expect(live.has(this)).toBe(true)
      expect(this.deadline).toBeLessThanOrEqual(clock.now() + 100)
      live.delete(this)
      deadlines.remove(this)
      // One that passes may take others with it.
      const [other] = live
      if (other !== undefined && random() < 0.3) {
        live.delete(other)
        deadlines.remove(other)
      }
    }
  }
  for (let i = 0; i < 2000; i++) {
    const item = new Item()
    live.add(item)
    deadlines.add(item)
    deadlines.add(item)
    if (random() < 0.3) {
      for (const some of live) {
        deadlines.remove(some)
        deadlines.remove(some)
        live.delete(some)
        break
      }
    }
    clock.advance(Math.floor(random() * 30))
    for (const some of live) expect(some.deadline).toBeGreaterThan(clock.now() - 200)
  }
  clock.advance(5000)
  expect(live.size).toBe(0)
  expect(told).toBeGreaterThan(500)
  expect(clock.pending).toBe(0)
})
