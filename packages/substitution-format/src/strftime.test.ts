import { expect, test } from 'vitest'
import { isoTime } from './strftime.ts'

test('times are printed as the language prints them, whatever was printed before', () => {
  let state = 1
  const draw = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  let time = Date.UTC(2026, 10, 21, 20, 59, 58)
  for (let i = 0; i < 2000; i++) {
    time += draw(400) * (draw(10) === 0 ? -1 : 1)
    expect(isoTime(time)).toBe(new Date(time).toISOString())
  }
  for (const odd of [0, 1, 9, 10, 99, 100, 999, 1000, 253_402_300_798_999]) {
    expect(isoTime(odd)).toBe(new Date(odd).toISOString())
  }
})
