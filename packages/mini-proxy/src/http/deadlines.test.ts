import { ManualClock } from '@meshwright/testkit'
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

test('no timer runs while nothing is watched', () => {
  const clock = new ManualClock()
  const deadlines = deadlinesOn(clock)
  const item = { deadline: Number.POSITIVE_INFINITY, onDeadline: () => undefined }
  deadlines.add(item)
  expect(clock.pending).toBe(1)
  deadlines.remove(item)
  expect(clock.pending).toBe(0)
  expect(deadlinesOn(clock)).toBe(deadlines)
})
