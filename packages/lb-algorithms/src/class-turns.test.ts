import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClassTurns } from './class-turns.ts'
import { EdfSchedule } from './edf.ts'
import { HostList } from './host-list.ts'

test('turns by classes of weights are those of the schedule of all hosts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 40 }),
      fc.nat(100),
      (weights, seed) => {
        const list = HostList.of(
          weights.map((weight, i) => ({ host: { address: `${i}` }, weight })),
        )
        const turns = new ClassTurns(list, seed)
        const schedule = new EdfSchedule(weights)
        const next = () => {
          const index = schedule.next
          schedule.putBack(weights[index] ?? 1)
          return `${index}`
        }
        for (let i = 0; i < seed % weights.length; i++) next()
        for (let i = 0; i < 500; i++) expect(turns.pick().address).toBe(next())
      },
    ),
  )
})
