import { trimmed } from '../http/field-value.ts'
import { HeaderList } from '../http/header-list.ts'
import { FramingFields } from './body-framing.ts'
import { ConnectionOptions } from './connection-options.ts'
import { commonNames, hopNameCount } from './field-name.ts'
import type { HeadLines } from './head-lines.ts'
import { fault, type Http1Fault } from './http1-fault.ts'

/** The header lines of one head, with what concerns only this hop taken out. */
export interface HeaderBlock {
  readonly headers: HeaderList
  readonly hop: HopFields
}

/** What one head says to this hop alone. */
export class HopFields {
  readonly framing: FramingFields = new FramingFields()
  readonly connection: ConnectionOptions = new ConnectionOptions()
  /** Of the last Host field. */
  host: string | undefined
  hostCount = 0
  upgrade: string | undefined
  /** The client waits for `100 Continue`. */
  expectsContinue = false
  /** It expects something else, too. */
  expectsMore = false

  /** Takes a line with one of the names that concern this hop. */
  add(name: string, value: string): void {
    switch (name) {
      case 'host':
        this.host = value
        this.hostCount += 1
        break
      case 'content-length':
        this.framing.addLength(value)
        break
      case 'transfer-encoding':
        this.framing.addEncoding(value)
        break
      case 'connection':
        this.connection.add(value)
        break
      case 'expect':
        this.#expect(value.toLowerCase())
        break
      case 'upgrade':
        this.upgrade = value
        break
    }
  }

  #expect(expectation: string): void {
    if (expectation === '100-continue') this.expectsContinue = true
    else this.expectsMore = true
  }
}

/**
 * Sorts the lines of a head.
 *
 * @param maxHeaders more lines are a fault, 431
 */
export function readHeaderBlock(head: HeadLines, maxHeaders: number): HeaderBlock | Http1Fault {
  const { count, text } = head
  if (count > maxHeaders) return fault('too many headers', 431)
  const headers = new HeaderList([], text)
  const hop = new HopFields()
  for (let line = 0; line < count; line += 1) {
    const start = head.startOf(line)
    const colon = head.colonOf(line)
    const end = head.endOf(line)
    const common = head.commonNameOf(line)
    if (common < 0) {
      headers.appendLine(text.slice(start, colon).toLowerCase(), start, end)
      continue
    }
    const name = commonNames.words[common] ?? ''
    if (common >= hopNameCount) {
      headers.appendLine(name, start, end)
      continue
    }
    const value = trimmed(text, colon + 1, end - 2)
    hop.add(name, value)
    if (name === 'content-length') headers.appendLine(name, start, end, value)
    // Of what it says only this goes on.
    else if (name === 'te' && wantsTrailers(value)) headers.append('te', 'trailers')
  }
  hop.connection.removeNamed(headers)
  return { headers, hop }
}

/** gRPC's servers ask for it; any other wish of TE ends here. */
function wantsTrailers(te: string): boolean {
  return te.split(',').some((it) => trimmed(it, 0, it.length).toLowerCase() === 'trailers')
}

/** Sorts the lines of a trailer section; fields that frame or route a message may not stand there. */
export function readTrailers(section: HeadLines, maxHeaders: number): HeaderList | Http1Fault {
  const block = readHeaderBlock(section, maxHeaders)
  if ('detail' in block) return block
  const { framing, hostCount, connection } = block.hop
  if (framing.present || hostCount > 0 || connection.present)
    return fault('framing field in trailers')
  return block.headers
}
