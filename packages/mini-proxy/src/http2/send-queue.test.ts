import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SendQueue } from './send-queue.ts'

test('gives back what was pushed, in order, however it is cut', () => {
  const chunk = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 300 }))
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 300 }),
      fc.array(fc.nat({ max: 500 })),
      (chunks, cuts) => {
        const queue = new SendQueue()
        const pushed: Buffer[] = []
        const shifted: Buffer[] = []
        let cut = 0
        for (const [bytes, from] of chunks) {
          const start = Math.min(from, bytes.length)
          queue.push(bytes, start)
          pushed.push(Buffer.from(bytes.slice(start)))
          // It is the queue's own copy.
          bytes.fill(0)
          if (cut < cuts.length) shifted.push(Buffer.from(queue.shift(cuts[cut++] ?? 0)))
        }
        while (queue.length > 0) shifted.push(Buffer.from(queue.shift(1000)))
        expect(Buffer.concat(shifted).equals(Buffer.concat(pushed))).toBe(true)
        expect(queue.shift(10).length).toBe(0)
      },
    ),
  )
})
