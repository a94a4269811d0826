import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClassTurns } from './class-turns.ts'
import { EdfSchedule } from './edf.ts'
import { HostList } from './host-list.ts'

test('turns by classes of weights are those of the schedule of all hosts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 40 }),
      fc.nat(1000),
      (weights, seed) => {
        const list = HostList.of(
          weights.map((weight, i) => ({ host: { address: `${i}` }, weight })),
        )
        const turns = new ClassTurns(list, seed)
        const schedule = new EdfSchedule(weights, seed)
        const next = () => {
          const index = schedule.next
          schedule.putBack(weights[index] ?? 1)
          return `${index}`
        }
        for (let i = 0; i < 500; i++) expect(turns.pick().address).toBe(next())
      },
    ),
  )
})

test('a schedule with picks made already goes on as one that made them: the same turns in a period', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 }),
      fc.nat(1000),
      (weights, picks) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const schedule = new EdfSchedule(weights, picks)
        const counts = weights.map(() => 0)
        for (let i = 0; i < total; i++) {
          const index = schedule.next
          counts[index] = (counts[index] ?? 0) + 1
          schedule.putBack(weights[index] ?? 1)
        }
        for (const [i, count] of counts.entries()) {
          expect(Math.abs(count - (weights[i] ?? 0))).toBeLessThanOrEqual(1)
        }
      },
    ),
  )
})
