import { expect, test } from 'vitest'
import type { ByteChannel } from '../channel/byte-channel.ts'
import { Outbox } from './outbox.ts'

/** A channel whose writes last until it is told that they are over, as those of TLS do. */
function lastingChannel(): ByteChannel & { settle(): void } {
  let queuedBytes = 0
  const write = (bytes: number): boolean => {
    queuedBytes += bytes
    return true
  }
  return {
    get queuedBytes() {
      return queuedBytes
    },
    full: false,
    writeText: (text) => write(text.length),
    writeAround: (before, bytes, after) => write(before.length + bytes.length + after.length),
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
    finish: () => undefined,
    destroy: () => undefined,
    settle: () => {
      queuedBytes = 0
    },
  }
}

const limits = { maxOutboundFrames: 100, maxOutboundControlFrames: 10 }

/** Writes so many turns of three frames, one of them a control frame; whether each is read before the next. */
function floodsAfter(turns: number, isRead: boolean): string[] {
  const channel = lastingChannel()
  const floods: string[] = []
  const outbox = new Outbox(channel, limits, (kind) => floods.push(kind))
  for (let turn = 0; turn < turns; turn += 1) {
    for (let frame = 0; frame < 3; frame += 1) {
      outbox.writer.append(Uint8Array.of(1))
      if (frame === 0) outbox.wroteControl()
      else outbox.wrote()
    }
    outbox.onReadsDone()
    if (isRead) channel.settle()
  }
  return floods
}

test('frames that the peer has read do not count, although each write lasts', () => {
  expect(floodsAfter(1000, true)).toEqual([])
})

test('frames that nobody reads are too many at the limit, of each kind', () => {
  expect(floodsAfter(10, false)).toEqual([])
  expect(floodsAfter(11, false)).toEqual(['control frames'])
  expect(new Set(floodsAfter(40, false))).toEqual(new Set(['control frames', 'frames']))
})
