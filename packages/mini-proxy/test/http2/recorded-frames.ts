import type { FrameEvents } from '../../src/http2/frame-events.ts'
import { FrameReader, type FrameReaderOptions } from '../../src/http2/frame-reader.ts'

/** The frames that a server's reader tells of, one line each; pieces of DATA are put together. */
export function framesOf(
  bytes: Buffer,
  options: Partial<FrameReaderOptions> = {},
  cuts: readonly number[] = [],
): string[] {
  const lines: string[] = []
  const reader = new FrameReader(recordFrames(lines), { role: 'server', ...options })
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    // A copy, spoilt afterwards: whoever keeps the bytes of a push is found out.
    const chunk = Buffer.from(bytes.subarray(from, cut))
    reader.push(chunk)
    chunk.fill(0xa5)
    from = cut
  }
  return lines
}

/** Writes down what a {@link FrameReader} tells. */
function recordFrames(lines: string[]): FrameEvents {
  let payload = ''
  let flow = 0
  return {
    onData(streamId, piece) {
      payload += piece.bytes.toString('hex', piece.start, piece.end)
      flow += piece.flowBytes
      if (!piece.lastOfFrame) {
        if (piece.endStream) lines.push('an end before the end')
        return
      }
      lines.push(`data ${streamId} ${payload} flow ${flow}${piece.endStream ? ' end' : ''}`)
      payload = ''
      flow = 0
    },
    onHeaders(streamId, block) {
      const hex = block.bytes.toString('hex', block.start, block.end)
      const fault = block.fault === undefined ? '' : ` fault ${block.fault.code}`
      lines.push(`headers ${streamId} ${hex}${block.endStream ? ' end' : ''}${fault}`)
    },
    onPriority: (streamId) => lines.push(`priority ${streamId}`),
    onReset: (streamId, code) => lines.push(`reset ${streamId} ${code}`),
    onSettings: (settings) =>
      lines.push(`settings [${settings.map(({ id, value }) => `${id}=${value}`).join(' ')}]`),
    onSettingsAck: () => lines.push('settings ack'),
    onPing: (bytes, ack) => lines.push(`ping ${bytes.toString('hex')}${ack ? ' ack' : ''}`),
    onGoAway: (last, code, debug) =>
      lines.push(`goaway ${last} ${code} ${debug.toString('latin1')}`),
    onWindowUpdate: (streamId, increment) => lines.push(`window ${streamId} ${increment}`),
    onUnknown: (type, length) => lines.push(`unknown ${type} ${length}`),
    onStreamFault: ({ streamId, code }) => lines.push(`stream fault ${streamId} ${code}`),
    onConnectionFault: ({ code }) => lines.push(`connection fault ${code}`),
  }
}
