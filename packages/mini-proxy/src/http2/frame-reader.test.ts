import { expect, test } from 'vitest'
import { framesOf } from '../../test/http2/recorded-frames.ts'
import { clientPreface } from './frame-format.ts'
import { FrameWriter } from './frame-writer.ts'
import { errorCode } from './http2-fault.ts'

const preface = Buffer.from(clientPreface, 'latin1')

/** Bytes of a connection of a client that has said its preface and empty settings. */
function begun(write: (writer: FrameWriter) => void): Buffer {
  const writer = new FrameWriter()
  writer.writeSettings([])
  write(writer)
  return Buffer.concat([preface, writer.out.take()])
}

test('tells of what the writer wrote', () => {
  const bytes = begun((writer) => {
    writer.writeSettingsAck()
    const start = writer.beginHeaders()
    writer.out.append(Buffer.from([0x82]))
    writer.endHeaders(start, 1, false)
    writer.writeDataHeader(1, 3, true)
    writer.out.append(Buffer.from('abc'))
    writer.writePing(Buffer.from('12345678'), false)
    writer.writeReset(1, errorCode.cancel)
    writer.writeWindowUpdate(0, 2 ** 31 - 1)
    writer.writeGoAway(7, errorCode.enhanceYourCalm, 'why')
  })

  expect(framesOf(bytes)).toEqual([
    'settings []',
    'settings ack',
    'headers 1 82',
    'data 1 616263 flow 3 end',
    'ping 3132333435363738',
    'reset 1 8',
    'window 0 2147483647',
    'goaway 7 11 why',
  ])
})
