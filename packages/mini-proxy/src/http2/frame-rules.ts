import type { ConnectionFault } from './frame-events.ts'
import { FrameFlag, type FrameHeader, FrameType, maxWindow } from './frame-format.ts'
import { errorCode } from './http2-fault.ts'

const resetBytes = 4
const settingBytes = 6
const pingBytes = 8
const minGoAwayBytes = 8
const windowUpdateBytes = 4

/** Bytes of a dependency on another stream, which is all of a PRIORITY frame and may stand in HEADERS. */
export const dependencyBytes = 5

export const paddingFault: ConnectionFault = {
  code: errorCode.protocolError,
  detail: 'padding longer than its frame',
}

export const selfDependency: ConnectionFault = {
  code: errorCode.protocolError,
  detail: 'a stream that depends on itself',
}

/** Whether the dependency at `at` names the stream that it is of. */
export function dependsOnItself(streamId: number, bytes: Buffer, at: number): boolean {
  return (bytes.readUInt32BE(at) & maxWindow) === streamId
}

/**
 * What is wrong with a frame of a known type by its header alone: its stream, or its size.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-6
 */
export function frameFault(header: FrameHeader): ConnectionFault | undefined {
  const { type, flags, streamId, length } = header
  if (!isStreamAllowed(type, streamId)) {
    return {
      code: errorCode.protocolError,
      detail: `a frame of type ${type} on stream ${streamId}`,
    }
  }
  if (!isSizeAllowed(type, flags, length)) {
    return { code: errorCode.frameSizeError, detail: `a frame of type ${type} of ${length} bytes` }
  }
  return undefined
}

function isStreamAllowed(type: number, streamId: number): boolean {
  switch (type) {
    case FrameType.SETTINGS:
    case FrameType.PING:
    case FrameType.GOAWAY:
      return streamId === 0
    case FrameType.WINDOW_UPDATE:
      return true
    case FrameType.PUSH_PROMISE:
      // Clients may not send it, and servers are always told that they may not.
      return false
    default:
      return streamId !== 0
  }
}

function isSizeAllowed(type: number, flags: number, length: number): boolean {
  switch (type) {
    case FrameType.DATA:
      return length > 0 || (flags & FrameFlag.PADDED) === 0
    case FrameType.HEADERS:
      return length >= minHeadersBytes(flags)
    case FrameType.RST_STREAM:
      return length === resetBytes
    case FrameType.SETTINGS:
      return (flags & FrameFlag.ACK) === 0 ? length % settingBytes === 0 : length === 0
    case FrameType.PING:
      return length === pingBytes
    case FrameType.GOAWAY:
      return length >= minGoAwayBytes
    case FrameType.WINDOW_UPDATE:
      return length === windowUpdateBytes
    default:
      return true
  }
}

function minHeadersBytes(flags: number): number {
  const dependency = (flags & FrameFlag.PRIORITY) === 0 ? 0 : dependencyBytes
  return (flags & FrameFlag.PADDED) === 0 ? dependency : dependency + 1
}
