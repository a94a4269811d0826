import type { ConnectionFault } from './frame-events.ts'
import {
  maxMaxFrameSize,
  maxWindow,
  minMaxFrameSize,
  type Setting,
  SettingId,
} from './frame-format.ts'
import { errorCode } from './http2-fault.ts'

const settingBytes = 6

/** The parameters of a SETTINGS payload, whose length is a multiple of six. */
export function readSettings(bytes: Buffer, start: number, end: number): Setting[] {
  const settings: Setting[] = []
  for (let at = start; at < end; at += settingBytes) {
    settings.push({ id: bytes.readUInt16BE(at), value: bytes.readUInt32BE(at + 2) })
  }
  return settings
}

/**
 * The first of the parameters that is out of its range. Only clients may say that they take pushes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
 */
export function settingsFault(
  settings: readonly Setting[],
  from: 'server' | 'client',
): ConnectionFault | undefined {
  for (const setting of settings) {
    const code = errorOf(setting, from)
    if (code !== errorCode.noError) {
      return { code, detail: `setting ${setting.id} is ${setting.value}` }
    }
  }
  return undefined
}

function errorOf({ id, value }: Setting, from: 'server' | 'client'): number {
  switch (id) {
    case SettingId.ENABLE_PUSH:
      return unless(value <= (from === 'client' ? 1 : 0))
    case SettingId.INITIAL_WINDOW_SIZE:
      return value <= maxWindow ? errorCode.noError : errorCode.flowControlError
    case SettingId.MAX_FRAME_SIZE:
      return unless(value >= minMaxFrameSize && value <= maxMaxFrameSize)
    case SettingId.ENABLE_CONNECT_PROTOCOL:
      return unless(value <= 1)
    default:
      return errorCode.noError
  }
}

function unless(allowed: boolean): number {
  return allowed ? errorCode.noError : errorCode.protocolError
}
