import { HeldBytes } from '../http/held-bytes.ts'
import type { ConnectionFault, FrameEvents, HeaderBlock } from './frame-events.ts'
import { FrameFlag, type FrameHeader, type Mutable } from './frame-format.ts'
import { dependencyBytes, dependsOnItself, paddingFault, selfDependency } from './frame-rules.ts'
import { errorCode } from './http2-fault.ts'

/** How much of a header block is held. */
export interface HeaderBlockLimits {
  /** Bytes, still encoded, over all its frames. */
  readonly maxHeaderBlockBytes: number
  readonly maxContinuations: number
}

const nothing = Buffer.alloc(0)

/** Puts header blocks together from HEADERS and the CONTINUATIONs after them. */
export class FrameHeaderBlocks {
  readonly #events: FrameEvents
  readonly #limits: HeaderBlockLimits
  /** Whose block is not whole; 0: none's. */
  #streamId = 0
  #continuations = 0
  readonly #held = new HeldBytes()
  readonly #block: Mutable<HeaderBlock> = {
    bytes: nothing,
    start: 0,
    end: 0,
    endStream: false,
    fault: undefined,
  }

  constructor(events: FrameEvents, limits: HeaderBlockLimits) {
    this.#events = events
    this.#limits = limits
  }

  /** A block is begun and not whole: only its next CONTINUATION may come. */
  get open(): boolean {
    return this.#streamId !== 0
  }

  /** What is wrong with a CONTINUATION of a stream, at its header. */
  continuationFault(streamId: number): ConnectionFault | undefined {
    if (streamId !== this.#streamId || this.#streamId === 0) return interruptedBlock
    this.#continuations += 1
    return this.#continuations > this.#limits.maxContinuations ? tooManyContinuations : undefined
  }

  takeHeaders(
    { flags, streamId }: FrameHeader,
    bytes: Buffer,
    from: number,
    end: number,
  ): ConnectionFault | undefined {
    let start = from
    let padding = 0
    if ((flags & FrameFlag.PADDED) !== 0) padding = bytes[start++] ?? 0
    const block = this.#block
    block.fault = undefined
    if ((flags & FrameFlag.PRIORITY) !== 0) {
      if (dependsOnItself(streamId, bytes, start)) block.fault = selfDependency
      start += dependencyBytes
    }
    if (padding > end - start) return paddingFault
    block.endStream = (flags & FrameFlag.END_STREAM) !== 0
    this.#streamId = streamId
    this.#continuations = 0
    return this.#take(flags, bytes, start, end - padding)
  }

  takeContinuation(
    { flags }: FrameHeader,
    bytes: Buffer,
    start: number,
    end: number,
  ): ConnectionFault | undefined {
    return this.#take(flags, bytes, start, end)
  }

  /** Keeps no memory of what was read last, but of a block that is not whole. */
  release(): void {
    this.#block.bytes = nothing
  }

  clear(): void {
    this.#held.clear()
    this.release()
  }

  #take(flags: number, bytes: Buffer, start: number, end: number): ConnectionFault | undefined {
    const held = this.#held
    if (held.length + end - start > this.#limits.maxHeaderBlockBytes) return blockTooLarge
    const last = (flags & FrameFlag.END_HEADERS) !== 0
    if (last && held.length === 0) this.#tell(bytes, start, end)
    else {
      held.append(bytes.subarray(start, end))
      if (!last) return undefined
      const whole = held.bytes
      held.clear()
      this.#tell(whole, 0, whole.length)
    }
    return undefined
  }

  #tell(bytes: Buffer, start: number, end: number): void {
    const block = this.#block
    const streamId = this.#streamId
    this.#streamId = 0
    block.bytes = bytes
    block.start = start
    block.end = end
    this.#events.onHeaders(streamId, block)
  }
}

const interruptedBlock: ConnectionFault = {
  code: errorCode.protocolError,
  detail: 'a header block that is interrupted, or not begun',
}

const tooManyContinuations: ConnectionFault = {
  code: errorCode.enhanceYourCalm,
  detail: 'too many CONTINUATIONs',
}

const blockTooLarge: ConnectionFault = {
  code: errorCode.enhanceYourCalm,
  detail: 'a header block that is too large',
}
