import { afterEach, expect, test } from 'vitest'
import { giveSlab, sharedReadSlab, slabsTaken, takeSlab } from './slabs.ts'

const taken = new Set<Buffer>()

afterEach(() => {
  for (const slab of taken) giveSlab(slab)
  taken.clear()
})

function take(bytes: number): Buffer {
  const slab = takeSlab(bytes)
  taken.add(slab)
  return slab
}

function give(slab: Buffer): void {
  taken.delete(slab)
  giveSlab(slab)
}

test('a slab has room for what it is taken for, and not much more than little', () => {
  for (const bytes of [
    0, 1, 20_000, 20_480, 20_481, 100_000, 140_000, 147_456, 147_457, 9_000_000,
  ]) {
    const slab = take(bytes)
    expect(slab.length, `${bytes}`).toBeGreaterThanOrEqual(bytes)
    expect(slab.length, `${bytes}`).toBeLessThanOrEqual(
      Math.max(bytes <= 20_480 ? 20_480 : 147_456, bytes),
    )
    give(slab)
  }
})

test('a slab that was given back is taken again, by one at a time', () => {
  const first = take(100)
  const second = take(100)
  expect(second).not.toBe(first)
  give(first)
  expect(take(100)).toBe(first)
  expect(take(100)).not.toBe(first)
})

test('no more are kept than a few', () => {
  const first = Array.from({ length: 50 }, () => take(1))
  for (const slab of first) give(slab)
  const again = new Set(Array.from({ length: 50 }, () => take(1)))
  expect(first.filter((it) => again.has(it)).length).toBe(8)
})

test('what is read into is never what is written from', () => {
  const shared = sharedReadSlab()
  expect(sharedReadSlab()).toBe(shared)
  for (let i = 0; i < 20; i++) expect(take(shared.length).buffer).not.toBe(shared.buffer)
})

test('those that are taken are counted', () => {
  expect(slabsTaken()).toBe(0)
  const [small, large] = [take(1), take(1_000_000)]
  expect(slabsTaken()).toBe(2)
  give(small)
  give(large)
  expect(slabsTaken()).toBe(0)
})
