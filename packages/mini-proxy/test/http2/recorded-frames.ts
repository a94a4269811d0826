import type { DataPiece, FrameEvents } from '../../src/http2/frame-events.ts'
import { clientPreface, FrameType } from '../../src/http2/frame-format.ts'
import { FrameReader, type FrameReaderOptions } from '../../src/http2/frame-reader.ts'

/** How bytes are given to the reader, and what is done besides writing its events down. */
export interface Recording {
  readonly options?: Partial<FrameReaderOptions>
  /** Where the bytes are cut, in order. */
  readonly cuts?: readonly number[]
  /** Stops the reader from within the event of this number. */
  readonly stopAfter?: number
  /** Changes what is given. */
  readonly chunk?: (chunk: Buffer) => Buffer
  readonly onPiece?: (piece: DataPiece) => void
}

/** The frames that a server's reader tells of, one line each; pieces of DATA are put together. */
export function framesOf(bytes: Buffer, recording: Recording = {}): string[] {
  const lines: string[] = []
  const record = (line: string) => {
    lines.push(line)
    if (lines.length === recording.stopAfter) reader.stop()
  }
  const events = recordFrames(record, recording.onPiece ?? (() => {}))
  const reader = new FrameReader(events, { role: 'server', ...recording.options })
  let from = 0
  for (const cut of [...(recording.cuts ?? []), bytes.length]) {
    // A copy, spoilt afterwards: whoever keeps the bytes of a push is found out.
    const cutOff = Buffer.from(bytes.subarray(from, cut))
    const chunk = recording.chunk?.(cutOff) ?? cutOff
    reader.push(chunk)
    chunk.fill(0xa5)
    from = cut
  }
  return lines
}

/** Bytes of a connection of a client that has said its preface and empty settings. */
export function begun(...frames: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(clientPreface), frame(FrameType.SETTINGS, 0, 0), ...frames])
}

/** Any frame, in order or not. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header.writeUInt8(type, 3)
  header.writeUInt8(flags, 4)
  header.writeUInt32BE(streamId, 5)
  return Buffer.concat([header, payload])
}

function recordFrames(
  record: (line: string) => void,
  onPiece: (piece: DataPiece) => void,
): FrameEvents {
  let payload = ''
  let flow = 0
  return {
    onData(streamId, piece) {
      onPiece(piece)
      payload += piece.bytes.toString('hex', piece.start, piece.end)
      flow += piece.flowBytes
      if (!piece.lastOfFrame) return
      record(`data ${streamId} ${payload} flow ${flow}${piece.endStream ? ' end' : ''}`)
      payload = ''
      flow = 0
    },
    onHeaders(streamId, block) {
      const hex = block.bytes.toString('hex', block.start, block.end)
      const fault = block.fault === undefined ? '' : ` fault ${block.fault.code}`
      record(`headers ${streamId} ${hex}${block.endStream ? ' end' : ''}${fault}`)
    },
    onPriority: (streamId) => record(`priority ${streamId}`),
    onReset: (streamId, code) => record(`reset ${streamId} ${code}`),
    onSettings: (settings) =>
      record(`settings [${settings.map(({ id, value }) => `${id}=${value}`).join(' ')}]`),
    onSettingsAck: () => record('settings ack'),
    onPing: (bytes, ack) => record(`ping ${bytes.toString('hex')}${ack ? ' ack' : ''}`),
    onGoAway: (last, code, debug) => record(`goaway ${last} ${code} ${debug.toString('latin1')}`),
    onWindowUpdate: (streamId, increment) => record(`window ${streamId} ${increment}`),
    onUnknown: (type, length) => record(`unknown ${type} ${length}`),
    onStreamFault: ({ streamId, code }) => record(`stream fault ${streamId} ${code}`),
    onConnectionFault: ({ code }) => record(`connection fault ${code}`),
  }
}
