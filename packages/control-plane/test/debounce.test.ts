import { ManualClock } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { Debounce } from '../src/debounce.ts'

const options = { quietMs: 100, maxMs: 10_000 }

function debounce(work: () => Promise<void> = async () => undefined) {
  const clock = new ManualClock()
  const fired: number[] = []
  const it = new Debounce(options, clock, async () => {
    fired.push(clock.now())
    await work()
  })
  return { clock, fired, it }
}

/** Lets promises that are settled run on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

test('fires once it was quiet for 100 ms', () => {
  const { clock, fired, it } = debounce()

  it.signal()
  clock.advance(60)
  it.signal()
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1)

  expect(fired).toEqual([160])
  expect(clock.pending).toBe(0)
})

test('fires 10 s after the first change if it never gets quiet', () => {
  const { clock, fired, it } = debounce()

  for (let at = 0; at < 12_000; at += 50) {
    it.signal()
    clock.advance(50)
  }

  expect(fired[0]).toBe(10_000)
})

test('collects what changes while it works, and fires for that afterwards', async () => {
  const gates: (() => void)[] = []
  const { clock, fired, it } = debounce(() => new Promise<void>((resolve) => gates.push(resolve)))
  it.signal()
  clock.advance(100)

  it.signal()
  it.signal()
  clock.advance(5_000)
  expect(fired).toEqual([100])
  gates[0]?.()
  await settle()
  clock.advance(0)

  expect(fired).toEqual([100, 5_100])
})

test('is pending from the first change until the work is done', async () => {
  const { clock, it } = debounce()
  expect(it.pending).toBe(false)

  it.signal()
  expect(it.pending).toBe(true)
  clock.advance(100)
  expect(it.pending).toBe(true)
  await settle()

  expect(it.pending).toBe(false)
})

test('forgets what waits when it is closed', () => {
  const { clock, fired, it } = debounce()
  it.signal()

  it.close()
  it.signal()
  clock.advance(20_000)

  expect(fired).toEqual([])
  expect(clock.pending).toBe(0)
})

test('refuses waits that make no sense', () => {
  const make = (quietMs: number, maxMs: number) =>
    new Debounce({ quietMs, maxMs }, new ManualClock(), async () => undefined)

  expect(() => make(-1, 10)).toThrow(RangeError)
  expect(() => make(20, 10)).toThrow(RangeError)
})
