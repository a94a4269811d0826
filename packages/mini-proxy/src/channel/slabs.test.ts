import { expect, test } from 'vitest'
import { giveSlab, sharedReadSlab, takeSlab } from './slabs.ts'

test('a slab has room for what it is taken for, and not much more than little', () => {
  for (const bytes of [
    0, 1, 20_000, 20_480, 20_481, 100_000, 140_000, 147_456, 147_457, 9_000_000,
  ]) {
    const slab = takeSlab(bytes)
    expect(slab.length, `${bytes}`).toBeGreaterThanOrEqual(bytes)
    expect(slab.length, `${bytes}`).toBeLessThanOrEqual(
      Math.max(bytes <= 20_480 ? 20_480 : 147_456, bytes),
    )
    giveSlab(slab)
  }
})

test('a slab that was given back is taken again, by one at a time', () => {
  const first = takeSlab(100)
  const second = takeSlab(100)
  expect(second).not.toBe(first)
  giveSlab(first)
  expect(takeSlab(100)).toBe(first)
  expect(takeSlab(100)).not.toBe(first)
})

test('no more are kept than a few', () => {
  const taken = Array.from({ length: 50 }, () => takeSlab(1))
  for (const slab of taken) giveSlab(slab)
  const again = new Set(Array.from({ length: 50 }, () => takeSlab(1)))
  expect(taken.filter((it) => again.has(it)).length).toBe(8)
})

test('what is read into is never what is written from', () => {
  const shared = sharedReadSlab()
  expect(sharedReadSlab()).toBe(shared)
  for (let i = 0; i < 20; i++) expect(takeSlab(shared.length).buffer).not.toBe(shared.buffer)
})
