import { changed, HeaderList } from '../http/header-list.ts'
import { FramingFields } from './body-framing.ts'
import { lowerFieldName } from './field-name.ts'
import { fault, type Http1Fault, malformedHead } from './http1-fault.ts'

/** The header lines of one head, with what concerns only this hop taken out. */
export interface HeaderBlock {
  readonly headers: HeaderList
  readonly framing: FramingFields
  readonly hosts: readonly string[]
  readonly expect: readonly string[]
  readonly upgrade: string | undefined
  /** Lower-case options of Connection. */
  readonly connection: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()
/** What nearly every Connection field says. It names no field that would be removed for it. */
const keepAlive: ReadonlySet<string> = new Set(['keep-alive'])
const noValues: readonly string[] = []

/** Dropped without a look: they concern one hop, and what they say is of no use to the proxy. */
const dropped = new Set(['keep-alive', 'proxy-connection', 'http2-settings'])

/** What Connection may not name: a client could hide from the next hop what proxies before this one have said of it. */
const unnamable =
  /^(?:content-|x-(?:forwarded|envoy)-|x-(?:request-id|real-ip)$|forwarded$|via$|authorization$|cookie$|host$|cache-control$|transfer-encoding$)/

/**
 * Splits header lines that are known to be well formed, from `start` to the empty line.
 *
 * @param maxHeaders more lines are a fault, 431
 */
export function readHeaderBlock(
  text: string,
  start: number,
  maxHeaders: number,
): HeaderBlock | Http1Fault {
  const kept = new KeptLines()
  const framing = new FramingFields()
  let hosts = noValues
  let expect = noValues
  let upgrade: string | undefined
  let connection = none
  let count = 0
  for (let at = start; text.charCodeAt(at) !== 13; ) {
    const colon = text.indexOf(':', at)
    const end = text.indexOf('\r', colon)
    const name = lowerFieldName(text, at, colon)
    const value = trimmed(text, colon + 1, end)
    kept.start = at
    at = end + 2
    kept.end = at
    count += 1
    if (count > maxHeaders) return fault('too many headers', 431)
    switch (name) {
      case 'host':
        hosts = [...hosts, value]
        break
      case 'content-length':
        framing.addLength(value)
        kept.add(name, value)
        break
      case 'transfer-encoding':
        framing.addEncoding(value)
        break
      case 'connection':
        connection = addOptions(connection, value)
        break
      case 'expect':
        expect = [...expect, value.toLowerCase()]
        break
      case 'upgrade':
        upgrade = value
        break
      default:
        keep(kept, name, value)
    }
  }
  const headers = new HeaderList(kept.flat, { text, lines: kept.lines })
  if (connection !== none && connection !== keepAlive) {
    for (const option of connection) if (!unnamable.test(option)) headers.remove(option)
  }
  return { headers, framing, hosts, expect, upgrade, connection }
}

/** Fields that go on, and where their lines stand. */
class KeptLines {
  readonly flat: string[] = []
  readonly lines: number[] = []
  /** Of the line that is being read. */
  start = 0
  end = 0

  add(name: string, value: string): void {
    this.flat.push(name, value)
    this.lines.push(this.start, this.end)
  }
}

function keep(kept: KeptLines, name: string, value: string): void {
  if (name !== 'te') {
    if (!dropped.has(name)) kept.add(name, value)
    return
  }
  if (!wantsTrailers(value)) return
  // Of what it says only this goes on.
  kept.start = changed
  kept.add(name, 'trailers')
}

/** gRPC's servers ask for it; any other wish of TE ends here. */
function wantsTrailers(te: string): boolean {
  return te.split(',').some((it) => trimmed(it, 0, it.length).toLowerCase() === 'trailers')
}

/** Reads a trailer section; fields that frame or route a message may not stand there. */
export function readTrailers(text: string, maxHeaders: number): HeaderList | Http1Fault {
  if (!trailerLines.test(text)) return malformedHead
  const block = readHeaderBlock(text, 0, maxHeaders)
  if ('detail' in block) return block
  if (block.framing.present || block.hosts.length > 0 || block.connection.size > 0) {
    return fault('framing field in trailers')
  }
  return block.headers
}

const trailerLines = /^(?:[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/

function addOptions(options: ReadonlySet<string>, value: string): ReadonlySet<string> {
  if (options === none && value === 'keep-alive') return keepAlive
  const all = new Set(options)
  for (const option of value.split(',')) all.add(trimmed(option, 0, option.length).toLowerCase())
  return all
}

/** Without the spaces and tabs around it; `String#trim` would take more away, and so read other bytes than the next hop. */
function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from += 1
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
