import { describe, expect, test } from 'vitest'
import { ClosedStreams } from './closed-streams.ts'
import { FloodGuard } from './flood-guard.ts'
import { resolveHttp2Options } from './http2-options.ts'
import { PrematureResets } from './premature-resets.ts'
import { ReceiveWindow } from './receive-window.ts'

describe('options', () => {
  test('have defaults, and take what is set', () => {
    expect(resolveHttp2Options()).toMatchObject({
      hpackTableBytes: 4096,
      maxConcurrentStreams: 1024,
      streamWindowBytes: 1_048_576,
      allowConnect: false,
      maxOutboundFrames: 10_000,
      streamErrorOnInvalidMessage: false,
      keepalive: undefined,
    })
    expect(
      resolveHttp2Options({
        hpackTableSize: 0,
        maxConcurrentStreams: 7,
        initialStreamWindowSize: 65_535,
        connectionKeepalive: { interval: '30s', timeout: '5s' },
        overrideStreamErrorOnInvalidHttpMessage: true,
      }),
    ).toMatchObject({
      hpackTableBytes: 0,
      maxConcurrentStreams: 7,
      streamWindowBytes: 65_535,
      keepalive: { intervalMs: 30_000, timeoutMs: 5000 },
      streamErrorOnInvalidMessage: true,
    })
  })
})

describe('floods', () => {
  const limits = {
    maxConsecutiveEmptyFrames: 1,
    maxPriorityFramesPerStream: 2,
    maxWindowUpdatesPerDataFrame: 10,
  }

  test('empty frames in a row are counted, and others begin anew', () => {
    const guard = new FloodGuard(limits)
    const seen = [0, 5, 0, 0].map((bytes) => guard.onPayload(bytes, false))
    expect(seen).toEqual([undefined, undefined, undefined, 'empty frames'])
    expect(guard.onPayload(0, true)).toBeUndefined()
  })

  test('PRIORITY is allowed by the stream', () => {
    const guard = new FloodGuard(limits)
    const allowed = (): number => {
      let count = 0
      while (guard.onPriority() === undefined) count++
      return count
    }
    expect(allowed()).toBe(2)
    guard.streams = 3
    // The one that was too many counts too.
    expect(allowed()).toBe(5)
  })

  test('WINDOW_UPDATE is allowed by the stream and by the DATA frame', () => {
    const guard = new FloodGuard(limits)
    guard.streams = 2
    guard.dataFrames = 3
    let count = 0
    while (guard.onWindowUpdate() === undefined) count++
    expect(count).toBe(5 + 2 * (2 + 10 * 3))
  })

  test('half of all streams reset early are too many, from the 500th on', () => {
    const half = new PrematureResets()
    const closed: boolean[] = []
    for (let i = 0; i < 500; i++) closed.push(half.onClose(i % 2 === 0))
    expect(closed.indexOf(true)).toBe(498)
    const fewer = new PrematureResets()
    for (let i = 0; i < 5000; i++) expect(fewer.onClose(i % 3 === 0)).toBe(false)
  })
})

test('closed streams are remembered, the last 512 of them', () => {
  const closed = new ClosedStreams()
  for (let id = 1; id <= 2001; id += 2) closed.add(id, id === 2001 ? 'reset' : 'ended')
  expect(closed.endOf(2001)).toBe('reset')
  expect(closed.endOf(1999)).toBe('ended')
  expect(closed.endOf(2001 - 2 * 511)).toBe('ended')
  expect(closed.endOf(2001 - 2 * 512)).toBeUndefined()
  expect(closed.endOf(4)).toBeUndefined()
})

test('a window is announced again once half of it was taken', () => {
  const window = new ReceiveWindow(100)
  expect([window.receive(60), window.credit(49), window.credit(11)]).toEqual([true, 0, 60])
  expect([window.receive(100), window.receive(1)]).toEqual([true, false])
})
