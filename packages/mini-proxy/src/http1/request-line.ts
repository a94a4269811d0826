import { isVersion, versionAt, versionLength } from './http-version.ts'
import { WordTable } from './word-table.ts'

/** Those that Envoy takes: of HTTP itself, of WebDAV, of UPnP, of Subversion, and to purge a cache. */
const names = (
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ACL BIND CHECKOUT COPY LINK LOCK MERGE MKACTIVITY MKCALENDAR ' +
  'MKCOL MOVE MSEARCH NOTIFY PROPFIND PROPPATCH PURGE REBIND REPORT SEARCH SOURCE SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
).split(' ')

const methods = new WordTable(names.map((name) => name.toLowerCase()))

const smallA = 97
const space = 32
const cr = 13
const lf = 10

/** The first line of a request. One serves for one request after the other. */
export class RequestLine {
  #method = -1
  #methodLength = 0
  #targetLength = 0
  #version: '1.0' | '1.1' | undefined

  /** Undefined: neither of the two. */
  get version(): '1.0' | '1.1' | undefined {
    return this.#version
  }

  /** Whether the method is a registered one. */
  get knowsMethod(): boolean {
    return this.#method >= 0
  }

  /** Reads the line at `at`. Says where it ends, its line break included; -1: it is not whole before `limit`, or malformed. */
  scan(bytes: Uint8Array, at: number, limit: number): number {
    const methodEnd = methods.read(bytes, at, limit)
    if (methodEnd === at || methodEnd >= limit || bytes[methodEnd] !== space) return -1
    let targetEnd = methodEnd + 1
    while (targetEnd < limit && isVisible(bytes[targetEnd] ?? 0)) targetEnd += 1
    this.#method = isUpperCase(bytes, at, methodEnd) ? methods.found : -1
    this.#methodLength = methodEnd - at
    this.#targetLength = targetEnd - methodEnd - 1
    const versionStart = targetEnd + 1
    const lineEnd = versionStart + versionLength
    if (this.#targetLength === 0 || lineEnd + 2 > limit || bytes[targetEnd] !== space) return -1
    this.#version = versionAt(bytes, versionStart)
    const isWhole =
      isVersion(bytes, versionStart) && bytes[lineEnd] === cr && bytes[lineEnd + 1] === lf
    return isWhole ? lineEnd + 2 : -1
  }

  /** @param text begins with the line */
  methodIn(text: string): string {
    return names[this.#method] ?? text.slice(0, this.#methodLength)
  }

  /** @param text begins with the line */
  targetIn(text: string): string {
    const start = this.#methodLength + 1
    return text.slice(start, start + this.#targetLength)
  }
}

/** Whether all letters are capital ones. */
function isUpperCase(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) >= smallA) return false
  return true
}

function isVisible(byte: number): boolean {
  return byte > 32 && byte < 127
}
