import { endOfValue } from '../http/field-value.ts'
import { isDigit, isVersion, versionAt, versionLength } from './http-version.ts'

const space = 32
const cr = 13
const lf = 10
const zero = 48
const statusLength = 3

/** The first line of a response. One serves for one response after the other. */
export class StatusLine {
  #version: '1.0' | '1.1' = '1.1'
  #status = 0

  get version(): '1.0' | '1.1' {
    return this.#version
  }

  /** From 100 to 599. */
  get status(): number {
    return this.#status
  }

  /** Reads the line at `at`. Says where it ends, its line break included; -1: it is not whole before `limit`, or malformed. */
  scan(bytes: Uint8Array, at: number, limit: number): number {
    const statusStart = at + versionLength + 1
    const reasonStart = statusStart + statusLength
    if (reasonStart + 2 > limit) return -1
    const version = versionAt(bytes, at)
    if (version === undefined || !isVersion(bytes, at)) return -1
    const status = statusAt(bytes, statusStart)
    if (bytes[statusStart - 1] !== space || status < 100 || status > 599) return -1
    this.#version = version
    this.#status = status
    const hasReason = bytes[reasonStart] === space
    const end = hasReason ? endOfValue(bytes, reasonStart, limit) : reasonStart
    return end + 1 < limit && bytes[end] === cr && bytes[end + 1] === lf ? end + 2 : -1
  }
}

/** -1: no three digits stand there. */
function statusAt(bytes: Uint8Array, at: number): number {
  let status = 0
  for (let i = at; i < at + statusLength; i += 1) {
    const byte = bytes[i] ?? 0
    if (!isDigit(byte)) return -1
    status = status * 10 + byte - zero
  }
  return status
}
