import { ManualClock, seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { drainGradually } from './gradual-drain.ts'

function hundred(): { left: number[]; connections: { drain(): void }[] } {
  const left: number[] = []
  return {
    left,
    connections: Array.from({ length: 100 }, (_, i) => ({ drain: () => left.push(i) })),
  }
}

test('connections leave evenly over the time, each once', () => {
  const clock = new ManualClock()
  const { left, connections } = hundred()

  drainGradually(connections, 10_000, { timers: clock, random: seededRandom(1) })

  expect(left).toHaveLength(0)
  clock.advance(5000)
  expect(left.length).toBeGreaterThan(35)
  expect(left.length).toBeLessThan(65)
  clock.advance(5000)
  expect(new Set(left).size).toBe(100)
  expect(left).toHaveLength(100)
})

test('nobody is asked any more once it is stopped', () => {
  const clock = new ManualClock()
  const { left, connections } = hundred()
  const stop = drainGradually(connections, 10_000, { timers: clock, random: seededRandom(1) })
  clock.advance(1000)
  const before = left.length

  stop()
  clock.advance(20_000)

  expect(left).toHaveLength(before)
})
