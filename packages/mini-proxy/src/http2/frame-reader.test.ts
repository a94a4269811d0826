import { describe, expect, test } from 'vitest'
import { begun, frame, framesOf } from '../../test/http2/recorded-frames.ts'
import { clientPreface, FrameFlag, FrameType, SettingId } from './frame-format.ts'
import { FrameWriter } from './frame-writer.ts'
import { errorCode } from './http2-fault.ts'

const { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE } = FrameType
const { PING, GOAWAY, WINDOW_UPDATE, CONTINUATION } = FrameType
const { END_STREAM, ACK, END_HEADERS, PADDED } = FrameFlag

/** What follows the settings that every connection begins with. */
function told(...frames: Buffer[]): string[] {
  return framesOf(begun(...frames)).slice(1)
}

function fatal(code: number): string {
  return `connection fault ${code}`
}

test('tells of what the writer wrote', () => {
  const writer = new FrameWriter()
  writer.writeSettingsAck()
  const start = writer.beginHeaders()
  writer.out.append(Buffer.from([0x82]))
  writer.endHeaders(start, 1, false)
  writer.writeDataHeader(1, 3, true)
  writer.out.append(Buffer.from('abc'))
  writer.writePing(Buffer.from('12345678'), false)
  writer.writePing(Buffer.from('12345678'), true)
  writer.writeReset(2 ** 31 - 1, errorCode.cancel)
  writer.writeWindowUpdate(0, 2 ** 31 - 1)
  writer.writeSettings([
    { id: SettingId.MAX_FRAME_SIZE, value: 2 ** 24 - 1 },
    { id: 0xffff, value: 2 ** 32 - 1 },
  ])
  writer.writeGoAway(7, errorCode.enhanceYourCalm, 'why')

  expect(told(writer.out.take())).toEqual([
    'settings ack',
    'headers 1 82',
    'data 1 616263 flow 3 end',
    'ping 3132333435363738',
    'ping 3132333435363738 ack',
    'reset 2147483647 8',
    'window 0 2147483647',
    'settings [5=16777215 65535=4294967295]',
    'goaway 7 11 why',
  ])
})

describe('the writer', () => {
  test.each([
    [16_384, 1],
    [16_385, 2],
    [40_000, 3],
  ])('splits a header block of %i bytes into %i frames', (length, frames) => {
    const block = Buffer.from(Array.from({ length }, (_, i) => i % 251))
    const writer = new FrameWriter()
    const start = writer.beginHeaders()
    writer.out.append(block)
    writer.endHeaders(start, 3, true)
    const bytes = writer.out.take()

    expect(bytes.length).toBe(length + 9 * frames)
    expect(told(bytes)).toEqual([`headers 3 ${block.toString('hex')} end`])
  })

  test('splits a header block after what was written before it', () => {
    const writer = new FrameWriter()
    writer.writeReset(1, 0)
    const start = writer.beginHeaders()
    writer.out.append(Buffer.alloc(20_000, 1))
    writer.endHeaders(start, 3, false)
    writer.writeReset(5, 0)

    const lines = told(writer.out.take())
    expect([lines[0], lines[1]?.slice(0, 9), lines[2]]).toEqual([
      'reset 1 0',
      'headers 3',
      'reset 5 0',
    ])
  })
})

describe('a server refuses a connection that begins with', () => {
  test.each([
    ['HTTP/1', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['another preface', Buffer.from(clientPreface.replace('SM', 'SN'))],
  ])('%s', (_, bytes) => {
    expect(framesOf(bytes)).toEqual([fatal(errorCode.protocolError)])
  })

  test.each([
    ['no SETTINGS', frame(PING, 0, 0, Buffer.alloc(8))],
    ['an acknowledgement', frame(SETTINGS, ACK, 0)],
    ['a frame that nobody knows', frame(0x77, 0, 0)],
  ])('%s', (_, first) => {
    const bytes = Buffer.concat([Buffer.from(clientPreface), first])
    expect(framesOf(bytes)).toEqual([fatal(errorCode.protocolError)])
  })
})

test('a client expects SETTINGS without a preface', () => {
  expect(framesOf(frame(SETTINGS, 0, 0), { options: { role: 'client' } })).toEqual(['settings []'])
  expect(framesOf(Buffer.from(clientPreface), { options: { role: 'client' } })).not.toContain(
    'settings []',
  )
})

describe('refuses as an error of the connection', () => {
  const four = Buffer.alloc(4, 1)
  test.each([
    ['DATA of no stream', frame(DATA, 0, 0, four), errorCode.protocolError],
    ['HEADERS of no stream', frame(HEADERS, END_HEADERS, 0, four), errorCode.protocolError],
    ['PRIORITY of no stream', frame(PRIORITY, 0, 0, Buffer.alloc(5)), errorCode.protocolError],
    ['RST_STREAM of no stream', frame(RST_STREAM, 0, 0, four), errorCode.protocolError],
    ['SETTINGS of a stream', frame(SETTINGS, 0, 1), errorCode.protocolError],
    ['PING of a stream', frame(PING, 0, 1, Buffer.alloc(8)), errorCode.protocolError],
    ['GOAWAY of a stream', frame(GOAWAY, 0, 1, Buffer.alloc(8)), errorCode.protocolError],
    ['PUSH_PROMISE', frame(PUSH_PROMISE, END_HEADERS, 1, four), errorCode.protocolError],
    ['RST_STREAM of 3 bytes', frame(RST_STREAM, 0, 1, Buffer.alloc(3)), errorCode.frameSizeError],
    ['RST_STREAM of 5 bytes', frame(RST_STREAM, 0, 1, Buffer.alloc(5)), errorCode.frameSizeError],
    ['SETTINGS of 5 bytes', frame(SETTINGS, 0, 0, Buffer.alloc(5)), errorCode.frameSizeError],
    [
      'an acknowledgement with settings',
      frame(SETTINGS, ACK, 0, Buffer.alloc(6)),
      errorCode.frameSizeError,
    ],
    ['PING of 7 bytes', frame(PING, 0, 0, Buffer.alloc(7)), errorCode.frameSizeError],
    ['PING of 9 bytes', frame(PING, 0, 0, Buffer.alloc(9)), errorCode.frameSizeError],
    ['GOAWAY of 7 bytes', frame(GOAWAY, 0, 0, Buffer.alloc(7)), errorCode.frameSizeError],
    [
      'WINDOW_UPDATE of 3 bytes',
      frame(WINDOW_UPDATE, 0, 0, Buffer.alloc(3)),
      errorCode.frameSizeError,
    ],
    [
      'WINDOW_UPDATE of nothing',
      frame(WINDOW_UPDATE, 0, 0, Buffer.alloc(4)),
      errorCode.protocolError,
    ],
    ['padding without its length', frame(DATA, PADDED, 1), errorCode.frameSizeError],
    ['HEADERS without their priority', frame(HEADERS, 0x24, 1, four), errorCode.frameSizeError],
    [
      'HEADERS without the length of padding',
      frame(HEADERS, 0x2c, 1, Buffer.alloc(5)),
      errorCode.frameSizeError,
    ],
    [
      'padding as long as DATA',
      frame(DATA, PADDED, 1, Buffer.from([3, 0, 0])),
      errorCode.protocolError,
    ],
    [
      'padding longer than HEADERS',
      frame(HEADERS, 0x0c, 1, Buffer.from([3, 0, 0])),
      errorCode.protocolError,
    ],
    [
      'padding over the priority',
      frame(HEADERS, 0x2c, 1, Buffer.from([1, 0, 0, 0, 0, 0])),
      errorCode.protocolError,
    ],
    [
      'a frame that is too large',
      frame(DATA, 0, 1, Buffer.alloc(16_385)),
      errorCode.frameSizeError,
    ],
    ['a CONTINUATION of nothing', frame(CONTINUATION, END_HEADERS, 1), errorCode.protocolError],
  ])('%s', (_, bytes, code) => {
    expect(told(bytes, frame(PING, 0, 0, Buffer.alloc(8)))).toEqual([fatal(code)])
  })

  test.each([
    ['another frame', frame(PING, 0, 0, Buffer.alloc(8))],
    ['a frame that nobody knows', frame(0x77, 0, 1)],
    ['a CONTINUATION of another stream', frame(CONTINUATION, END_HEADERS, 3)],
    ['HEADERS', frame(HEADERS, END_HEADERS, 1)],
  ])('%s within a header block', (_, bytes) => {
    expect(told(frame(HEADERS, 0, 1), bytes)).toEqual([fatal(errorCode.protocolError)])
  })

  test.each([
    [SettingId.ENABLE_PUSH, 2, errorCode.protocolError],
    [SettingId.INITIAL_WINDOW_SIZE, 2 ** 31, errorCode.flowControlError],
    [SettingId.MAX_FRAME_SIZE, 16_383, errorCode.protocolError],
    [SettingId.MAX_FRAME_SIZE, 2 ** 24, errorCode.protocolError],
    [SettingId.ENABLE_CONNECT_PROTOCOL, 2, errorCode.protocolError],
  ])('setting %i of %i', (id, value, code) => {
    const writer = new FrameWriter()
    writer.writeSettings([{ id, value }])
    expect(told(writer.out.take())).toEqual([fatal(code)])
  })

  test('a server that says it takes pushes', () => {
    const writer = new FrameWriter()
    writer.writeSettings([{ id: SettingId.ENABLE_PUSH, value: 1 }])
    const bytes = writer.out.take()
    expect(framesOf(bytes, { options: { role: 'client' } })).toEqual([
      fatal(errorCode.protocolError),
    ])
    expect(told(bytes)).toEqual(['settings [2=1]'])
  })
})

describe('an error of a stream is', () => {
  test.each([
    ['a PRIORITY of 4 bytes', frame(PRIORITY, 0, 3, Buffer.alloc(4)), errorCode.frameSizeError],
    ['a PRIORITY of 6 bytes', frame(PRIORITY, 0, 3, Buffer.alloc(6)), errorCode.frameSizeError],
    [
      'a dependency on itself',
      frame(PRIORITY, 0, 3, Buffer.from([0x80, 0, 0, 3, 0])),
      errorCode.protocolError,
    ],
    [
      'a window update of nothing',
      frame(WINDOW_UPDATE, 0, 3, Buffer.from([0x80, 0, 0, 0])),
      errorCode.protocolError,
    ],
  ])('%s', (_, bytes, code) => {
    expect(told(bytes, frame(SETTINGS, ACK, 0))).toEqual([`stream fault 3 ${code}`, 'settings ack'])
  })

  test('a dependency on itself in HEADERS, whose block is told all the same', () => {
    const bytes = frame(HEADERS, 0x24, 3, Buffer.from([0, 0, 0, 3, 16, 0x82]))
    expect(told(bytes)).toEqual([`headers 3 82 fault ${errorCode.protocolError}`])
  })
})

describe('takes', () => {
  test('padding, which counts against the windows', () => {
    const bytes = Buffer.from([2, 0x61, 0, 0])
    expect(told(frame(DATA, PADDED | END_STREAM, 1, bytes))).toEqual(['data 1 61 flow 4 end'])
    expect(told(frame(DATA, PADDED, 1, Buffer.from([1, 0])))).toEqual(['data 1  flow 2'])
    expect(told(frame(DATA, PADDED, 1, Buffer.from([0])))).toEqual(['data 1  flow 1'])
    expect(told(frame(HEADERS, 0x0c, 1, bytes))).toEqual(['headers 1 61'])
    expect(told(frame(HEADERS, 0x0c, 1, Buffer.from([2, 0, 0])))).toEqual(['headers 1 '])
  })

  test('a priority, and leaves it aside', () => {
    const bytes = Buffer.from([1, 0, 0, 0, 5, 16, 0x82, 0])
    expect(told(frame(HEADERS, 0x2d, 3, bytes))).toEqual(['headers 3 82 end'])
    expect(told(frame(PRIORITY, 0, 3, bytes.subarray(1, 6)))).toEqual(['priority 3'])
  })

  test('a frame of a type that nobody knows, and skips it', () => {
    const bytes = [frame(0x77, 0xff, 9, Buffer.alloc(16_384)), frame(0x10, 0, 0)]
    expect(told(...bytes, frame(SETTINGS, ACK, 0))).toEqual([
      'unknown 119 16384',
      'unknown 16 0',
      'settings ack',
    ])
  })

  test('empty DATA', () => {
    expect(told(frame(DATA, 0, 1), frame(DATA, END_STREAM, 1))).toEqual([
      'data 1  flow 0',
      'data 1  flow 0 end',
    ])
  })

  test('a stream id whose reserved bit is set', () => {
    const bytes = frame(RST_STREAM, 0, 5, Buffer.from([0, 0, 0, 8]))
    bytes.writeUInt8(0x80, 5)
    expect(told(bytes)).toEqual(['reset 5 8'])
  })

  test('a GOAWAY whose reserved bit is set', () => {
    const bytes = frame(GOAWAY, 0, 0, Buffer.from([0x80, 0, 0, 5, 0xff, 0, 0, 1]))
    expect(told(bytes)).toEqual(['goaway 5 4278190081 '])
  })

  test('header blocks of several frames, some empty', () => {
    const frames = [
      frame(HEADERS, END_STREAM, 1, Buffer.from([1])),
      frame(CONTINUATION, 0, 1),
      frame(CONTINUATION, 0, 1, Buffer.from([2, 3])),
      frame(CONTINUATION, END_HEADERS, 1, Buffer.from([4])),
      frame(HEADERS, 0, 3),
      frame(CONTINUATION, END_HEADERS, 3, Buffer.from([5])),
    ]
    expect(told(...frames)).toEqual(['headers 1 01020304 end', 'headers 3 05'])
  })

  test('a frame as large as was allowed', () => {
    const bytes = begun(frame(GOAWAY, 0, 0, Buffer.alloc(20_000)))
    expect(framesOf(bytes, { options: { maxFrameSize: 20_000 } })).toHaveLength(2)
    expect(framesOf(bytes, { options: { maxFrameSize: 19_999 } })).toContain(
      fatal(errorCode.frameSizeError),
    )
  })
})

describe('bounds', () => {
  test('the bytes of a header block', () => {
    const pieces = [
      frame(HEADERS, 0, 1, Buffer.alloc(60)),
      frame(CONTINUATION, END_HEADERS, 1, Buffer.alloc(41)),
    ]
    expect(framesOf(begun(...pieces), { options: { maxHeaderBlockBytes: 101 } })).toHaveLength(2)
    expect(framesOf(begun(...pieces), { options: { maxHeaderBlockBytes: 100 } })[1]).toBe(
      fatal(errorCode.enhanceYourCalm),
    )
    const one = begun(frame(HEADERS, END_HEADERS, 1, Buffer.alloc(101)))
    expect(framesOf(one, { options: { maxHeaderBlockBytes: 100 } })[1]).toBe(
      fatal(errorCode.enhanceYourCalm),
    )
  })

  test('the CONTINUATIONs of a header block, each block anew', () => {
    const block = (id: number, count: number) => [
      frame(HEADERS, 0, id),
      ...Array.from({ length: count - 1 }, () => frame(CONTINUATION, 0, id)),
      frame(CONTINUATION, END_HEADERS, id),
    ]
    expect(told(...block(1, 32), ...block(3, 32))).toEqual(['headers 1 ', 'headers 3 '])
    expect(told(...block(1, 33))).toEqual([fatal(errorCode.enhanceYourCalm)])
  })

  test('what an endless header block makes it hold', () => {
    const flood = Array.from({ length: 1000 }, () =>
      frame(CONTINUATION, 0, 1, Buffer.alloc(16_384)),
    )
    expect(told(frame(HEADERS, 0, 1), ...flood)).toEqual([fatal(errorCode.enhanceYourCalm)])
  })
})

test('DATA is told as it arrives, its end with the last piece alone', () => {
  const bytes = begun(frame(DATA, END_STREAM | PADDED, 1, Buffer.from([2, 1, 2, 3, 0, 0])))
  const pieces: unknown[] = []
  framesOf(bytes, {
    cuts: Array.from({ length: 7 }, (_, i) => bytes.length - 7 + i),
    onPiece: ({ start, end, flowBytes, lastOfFrame, endStream }) =>
      pieces.push([end - start, flowBytes, lastOfFrame, endStream]),
  })
  expect(pieces).toEqual([
    [0, 1, false, false],
    [1, 1, false, false],
    [1, 1, false, false],
    [1, 1, false, false],
    [0, 1, false, false],
    [0, 1, true, true],
  ])
})

test('nothing is told after it was stopped from within an event', () => {
  const lines = framesOf(begun(frame(SETTINGS, ACK, 0), frame(SETTINGS, ACK, 0)), { stopAfter: 2 })
  expect(lines).toEqual(['settings []', 'settings ack'])
})
