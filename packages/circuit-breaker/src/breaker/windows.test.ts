import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CallWindow } from './call-window.ts'
import { CountWindow } from './count-window.ts'
import { TimeWindow } from './time-window.ts'

const flags = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3)
const call = fc.record({ flags, wait: fc.nat(150) })
const calls = fc.array(call, { minLength: 10, maxLength: 60 })

function sumsOf(flags: readonly number[]): object {
  const having = (flag: number): number => flags.filter((it) => (it & flag) !== 0).length
  return { total: flags.length, failures: having(1), slow: having(2) }
}

/** Adds as a breaker does; whether it was one of nothing but quick successes. */
function add(window: CallWindow, flags: number, now: number): boolean {
  if (flags === 0 && window.addUneventful(now)) return true
  window.add(flags, now)
  return false
}

test('the last so many calls: the sums are those of a list cut to its end', () => {
  let uneventful = 0
  fc.assert(
    fc.property(calls, fc.integer({ min: 1, max: 20 }), (script, size) => {
      const window = new CountWindow(size)
      const list: number[] = []
      for (const { flags } of script) {
        uneventful += add(window, flags, 0) ? 1 : 0
        list.push(flags)
        const { total, failures, slow } = window
        expect({ total, failures, slow }).toEqual(sumsOf(list.slice(-size)))
      }
    }),
    { numRuns: 1_000, seed: 1 },
  )
  expect(uneventful).toBeGreaterThan(1_000)
})

test('the last so many ms: the sums are those of the calls whose bucket is among the last ones', () => {
  let forgotten = 0
  let uneventful = 0
  fc.assert(
    fc.property(calls, fc.constantFrom(1, 3, 10), (script, buckets) => {
      const window = new TimeWindow(300, buckets)
      const bucketMs = 300 / buckets
      let now = 1_000
      let first: number | undefined
      const list: { readonly bucket: number; readonly flags: number }[] = []
      for (const { flags, wait } of script) {
        now += wait
        // Buckets are counted from the first call.
        first ??= now
        const bucket = Math.floor((now - first) / bucketMs)
        uneventful += add(window, flags, now) ? 1 : 0
        list.push({ bucket, flags })
        const kept = list.filter((it) => it.bucket > bucket - buckets)
        const { total, failures, slow } = window
        expect({ total, failures, slow }).toEqual(sumsOf(kept.map((it) => it.flags)))
        forgotten += list.length - kept.length
      }
    }),
    { numRuns: 1_000, seed: 2 },
  )
  expect(forgotten).toBeGreaterThan(1_000)
  expect(uneventful).toBeGreaterThan(1_000)
})
