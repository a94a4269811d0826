import { expect, test } from 'vitest'
import { ReplayBuffer } from './replay-buffer.ts'

test('a body in one-byte chunks takes no more memory than its bytes', () => {
  const buffer = new ReplayBuffer(1 << 20)
  const chunk = Uint8Array.of(97)

  const before = process.memoryUsage()
  for (let i = 0; i < 500_000; i += 1) buffer.add(chunk)
  const after = process.memoryUsage()

  expect(buffer.whole).toBe(true)
  expect(buffer.bytes.toString()).toBe('a'.repeat(500_000))
  expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(8 << 20)
})

test('bytes once given stay as they are', () => {
  const buffer = new ReplayBuffer(4)
  buffer.add(Buffer.from('ab'))
  const { bytes } = buffer
  buffer.add(Buffer.from('cde'))

  expect(bytes.toString()).toBe('ab')
  expect(buffer.bytes.toString()).toBe('abcde')
  expect(buffer.full).toBe(true)
  buffer.abandon()
  expect(buffer.whole).toBe(false)
  expect(buffer.bytes).toHaveLength(0)
  expect(bytes.toString()).toBe('ab')
})
