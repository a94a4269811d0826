import { expect, test } from 'vitest'
import type { LogEntry } from './log.ts'
import { WarnOnce } from './warn-once.ts'

test('what differs only by its place in a list is told once', () => {
  const told: LogEntry[] = []
  const warnings = new WarnOnce((entry) => told.push(entry))
  for (const message of ['a[0].b: odd', 'a[1].b: odd', 'a[0].c: odd', 'a[0].b: odd']) {
    warnings.warn({ level: 'warn', scope: 's', message })
  }
  expect(told.map(({ message }) => message)).toEqual(['a[0].b: odd', 'a[0].c: odd'])
})

test('a peer cannot make it remember or tell without end', () => {
  let told = 0
  const warnings = new WarnOnce(() => {
    told += 1
  })
  for (let n = 0; n < 5000; n++) warnings.warn({ level: 'warn', scope: 's', message: `text ${n}` })
  expect(told).toBe(1000)
})
