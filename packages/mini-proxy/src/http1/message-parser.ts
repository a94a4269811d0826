import type { HeaderList } from '../http/header-list.ts'
import { HeldBytes } from '../http/held-bytes.ts'
import type { BodyFraming } from './body-framing.ts'
import { ChunkSize } from './chunk-size.ts'
import { HeadLines } from './head-lines.ts'
import { readTrailers } from './header-block.ts'
import { fault, type Http1Fault, malformedHead } from './http1-fault.ts'
import type { Http1Limits } from './http1-limits.ts'

/** Takes what a parser finds, in order. */
export interface MessageSink {
  /** Reads the line at `at`. Says where it ends, its line break included; -1: it is not whole before `limit`, or malformed. */
  scanStartLine(bytes: Buffer, at: number, limit: number): number
  /** A complete head, of which the first line was the last that was scanned; undefined: a malformed one. Says how the body is framed. */
  onHead(head: HeadLines | undefined): BodyFraming | Http1Fault
  /** Bytes of the body; a view of what was parsed. */
  onData(chunk: Buffer, endStream: boolean): void
  onTrailers(trailers: HeaderList): void
  /** The bytes are no message; nothing more comes. */
  onFault(fault: Http1Fault): void
}

type State =
  | 'start'
  | 'head'
  | 'length'
  | 'until-close'
  | 'size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'done'
  | 'stopped'

const cr = 13
const lf = 10
const blankLine = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')
const empty = Buffer.alloc(0)
/** Of the head that is being read: nothing else is read meanwhile. */
const lines = new HeadLines()

/**
 * Cuts a stream of bytes into HTTP/1.1 messages. It does no I/O and never throws; how the bytes are split into chunks
 * makes no difference.
 */
export class MessageParser {
  readonly #sink: MessageSink
  readonly #limits: Http1Limits
  readonly #held = new HeldBytes()
  readonly #size = new ChunkSize()
  #state: State = 'start'
  /** Of the body or of the current chunk; in `chunk-end`, of its CRLF. */
  #remaining = 0
  readonly #blankLines: number
  #skipped = 0

  /** @param blankLines empty lines skipped before a start line; RFC 9112 2.2 asks servers for one. */
  constructor(sink: MessageSink, limits: Http1Limits, blankLines = 0) {
    this.#sink = sink
    this.#limits = limits
    this.#blankLines = blankLines
  }

  /** Nothing of a message has arrived. */
  get idle(): boolean {
    return this.#state === 'start' && this.#held.length === 0
  }

  /** The message is whole; `next` makes ready for another. */
  get done(): boolean {
    return this.#state === 'done'
  }

  /** The body lasts until the connection ends. */
  get endsWithConnection(): boolean {
    return this.#state === 'until-close'
  }

  /** Parses up to the end of a message and says how many bytes that took. */
  execute(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length && this.#state !== 'done' && this.#state !== 'stopped') {
      at = this.#step(chunk, at)
    }
    return Math.min(at, chunk.length)
  }

  next(): void {
    if (this.#state === 'done') this.#state = 'start'
  }

  /** Nothing more is parsed or told. */
  stop(): void {
    this.#state = 'stopped'
    this.#held.clear()
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'start':
        return this.#readStart(chunk, at)
      case 'head':
        return this.#readHead(chunk, at)
      case 'length':
      case 'chunk':
      case 'until-close':
        return this.#readBody(chunk, at)
      case 'size':
        return this.#readSize(chunk, at)
      case 'chunk-end':
        return this.#readChunkEnd(chunk, at)
      case 'trailers':
        return this.#readTrailers(chunk, at)
      case 'done':
      case 'stopped':
        return chunk.length
    }
  }

  #readStart(chunk: Buffer, at: number): number {
    const byte = chunk[at]
    if (this.#held.length === 1) {
      this.#held.clear()
      if (byte !== lf) return this.#fail(malformedHead)
      this.#skipped += 1
      return at + 1
    }
    if (byte === cr && this.#skipped < this.#blankLines) {
      this.#held.append(chunk.subarray(at, at + 1))
      return at + 1
    }
    // Neither a token nor `HTTP`: a TLS hello, say. Waiting for a blank line would be in vain.
    if (byte === undefined || byte <= 32 || byte >= 127) return this.#fail(malformedHead)
    this.#state = 'head'
    return at
  }

  #readHead(chunk: Buffer, at: number): number {
    const max = this.#limits.maxHeadBytes
    if (this.#held.length === 0) {
      const end = this.#scanHead(chunk, at, Math.min(chunk.length, at + max))
      if (end >= 0) {
        this.#finishHead(lines)
        return end
      }
    }
    const before = this.#held.length
    const end = this.#hold(chunk, at, max)
    if (end < 0) return this.#state === 'stopped' ? chunk.length : at + this.#held.length - before
    const isWellFormed = this.#scanHead(this.#held.bytes, 0, end) === end
    this.#held.clear()
    this.#finishHead(isWellFormed ? lines : undefined)
    return at + end - before
  }

  /** Says where the head at `at` ends; -1: it is not whole before `limit`, or malformed. */
  #scanHead(bytes: Buffer, at: number, limit: number): number {
    const firstField = this.#sink.scanStartLine(bytes, at, limit)
    if (firstField < 0) return -1
    lines.begin(at, this.#limits.maxHeaders)
    const end = lines.scan(bytes, firstField, limit)
    if (end >= 0) lines.text = bytes.toString('latin1', at, end)
    return end
  }

  /** Keeps bytes up to the limit. Returns where the blank line among the held bytes ends, or -1. */
  #hold(chunk: Buffer, at: number, max: number): number {
    const before = this.#held.length
    this.#held.append(chunk.subarray(at, at + max + 1 - before))
    const { bytes } = this.#held
    const end = bytes.indexOf(blankLine, Math.max(0, before - 3)) + blankLine.length
    if (end >= blankLine.length && end <= max) return end
    if (hasBareLineFeed(bytes, before, Math.min(bytes.length, max))) this.#fail(malformedHead)
    else if (bytes.length > max) this.#fail(fault('head too large', 431))
    return -1
  }

  #finishHead(head: HeadLines | undefined): void {
    const framing = this.#sink.onHead(head)
    if (this.#state === 'stopped') return
    if (typeof framing === 'object') {
      this.#fail(framing)
      return
    }
    this.#skipped = 0
    if (framing === 'interim') this.#state = 'start'
    else if (framing === 'until-close') this.#state = 'until-close'
    else if (framing === 'chunked') {
      this.#size.restart()
      this.#state = 'size'
    } else {
      this.#remaining = framing
      this.#state = framing === 0 ? 'done' : 'length'
    }
  }

  #readBody(chunk: Buffer, at: number): number {
    if (this.#state === 'until-close') {
      this.#sink.onData(at === 0 ? chunk : chunk.subarray(at), false)
      return chunk.length
    }
    const end = Math.min(chunk.length, at + this.#remaining)
    this.#remaining -= end - at
    const last = this.#remaining === 0
    const endStream = last && this.#state === 'length'
    if (endStream) this.#state = 'done'
    else if (last) {
      this.#state = 'chunk-end'
      this.#remaining = lineEnd.length
    }
    this.#sink.onData(chunk.subarray(at, end), endStream)
    return end
  }

  #readSize(chunk: Buffer, at: number): number {
    const end = this.#size.read(chunk, at)
    if (end < 0) return this.#fail(fault('malformed chunk size'))
    if (!this.#size.complete) return end
    this.#remaining = this.#size.value
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk'
    return end
  }

  #readChunkEnd(chunk: Buffer, at: number): number {
    if (chunk[at] !== lineEnd[lineEnd.length - this.#remaining]) {
      return this.#fail(fault('chunk longer than its size'))
    }
    this.#remaining -= 1
    if (this.#remaining === 0) {
      this.#size.nextChunk()
      this.#state = 'size'
    }
    return at + 1
  }

  #readTrailers(chunk: Buffer, at: number): number {
    if (this.#held.length === 0 && chunk[at] === cr && chunk[at + 1] === lf) {
      return this.#finishBody(at + 2)
    }
    // The line end before the section, so that an empty one ends with a blank line too.
    if (this.#held.length === 0) this.#held.append(lineEnd)
    const before = this.#held.length
    const end = this.#hold(chunk, at, this.#limits.maxHeadBytes)
    if (end < 0) return this.#state === 'stopped' ? chunk.length : at + this.#held.length - before
    const trailers = this.#trailersUpTo(end)
    this.#held.clear()
    if ('detail' in trailers) return this.#fail(trailers)
    if (trailers.size === 0 || !this.#limits.trailers) return this.#finishBody(at + end - before)
    this.#state = 'done'
    this.#sink.onTrailers(trailers)
    return at + end - before
  }

  #trailersUpTo(end: number): HeaderList | Http1Fault {
    const { bytes } = this.#held
    const start = lineEnd.length
    lines.begin(start, this.#limits.maxHeaders)
    if (lines.scan(bytes, start, end) !== end) return malformedHead
    lines.text = bytes.toString('latin1', start, end)
    return readTrailers(lines, this.#limits.maxHeaders)
  }

  #finishBody(at: number): number {
    this.#state = 'done'
    this.#sink.onData(empty, true)
    return at
  }

  #fail(why: Http1Fault): number {
    this.stop()
    this.#sink.onFault(why)
    return Number.MAX_SAFE_INTEGER
  }
}

/** Whether a line ends with LF alone; looks at `bytes` from `from` to `to`. */
function hasBareLineFeed(bytes: Buffer, from: number, to: number): boolean {
  for (let at = bytes.indexOf(lf, from); at !== -1 && at < to; at = bytes.indexOf(lf, at + 1)) {
    if (bytes[at - 1] !== cr) return true
  }
  return false
}
