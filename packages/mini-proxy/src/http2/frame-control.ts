import type { ConnectionFault, FrameEvents } from './frame-events.ts'
import { FrameFlag, type FrameHeader, FrameType, maxWindow } from './frame-format.ts'
import { dependencyBytes, dependsOnItself, selfDependency } from './frame-rules.ts'
import { readSettings, settingsFault } from './frame-settings.ts'
import { errorCode } from './http2-fault.ts'

/** Tells of frames that are neither DATA nor part of a header block. */
export class FrameControl {
  readonly #events: FrameEvents
  readonly #peer: 'server' | 'client'

  /** @param peer whose frames they are */
  constructor(events: FrameEvents, peer: 'server' | 'client') {
    this.#events = events
    this.#peer = peer
  }

  /** Takes a whole frame whose header is in order; says what is wrong with the rest. */
  take(
    { type, flags, streamId }: FrameHeader,
    bytes: Buffer,
    start: number,
    end: number,
  ): ConnectionFault | undefined {
    const events = this.#events
    const ack = (flags & FrameFlag.ACK) !== 0
    switch (type) {
      case FrameType.WINDOW_UPDATE:
        return this.#takeWindowUpdate(streamId, bytes.readUInt32BE(start) & maxWindow)
      case FrameType.SETTINGS:
        return this.#takeSettings(ack, bytes, start, end)
      case FrameType.PING:
        events.onPing(bytes.subarray(start, end), ack)
        return undefined
      case FrameType.RST_STREAM:
        events.onReset(streamId, bytes.readUInt32BE(start))
        return undefined
      case FrameType.GOAWAY:
        this.#takeGoAway(bytes, start, end)
        return undefined
      case FrameType.PRIORITY:
        this.#takePriority(streamId, bytes, start, end)
        return undefined
      default:
        return undefined
    }
  }

  #takeWindowUpdate(streamId: number, increment: number): ConnectionFault | undefined {
    if (increment > 0) this.#events.onWindowUpdate(streamId, increment)
    else if (streamId === 0) return noIncrement
    else this.#events.onStreamFault({ streamId, ...noIncrement })
    return undefined
  }

  #takeSettings(
    ack: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): ConnectionFault | undefined {
    if (ack) {
      this.#events.onSettingsAck()
      return undefined
    }
    const settings = readSettings(bytes, start, end)
    const fault = settingsFault(settings, this.#peer)
    if (fault === undefined) this.#events.onSettings(settings)
    return fault
  }

  #takeGoAway(bytes: Buffer, start: number, end: number): void {
    const lastStreamId = bytes.readUInt32BE(start) & maxWindow
    const code = bytes.readUInt32BE(start + 4)
    this.#events.onGoAway(lastStreamId, code, bytes.subarray(start + 8, end))
  }

  #takePriority(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== dependencyBytes) {
      const detail = `a PRIORITY frame of ${end - start} bytes`
      this.#events.onStreamFault({ streamId, code: errorCode.frameSizeError, detail })
    } else if (dependsOnItself(streamId, bytes, start)) {
      this.#events.onStreamFault({ streamId, ...selfDependency })
    } else this.#events.onPriority(streamId)
  }
}

const noIncrement: ConnectionFault = {
  code: errorCode.protocolError,
  detail: 'a window update of nothing',
}
