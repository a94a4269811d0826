import { maxBodyBytes } from './bodies.ts'

/** One exchange, as both sides carry it out; the server reads it from a header. */
export interface Plan {
  /** Of this exchange alone. */
  readonly id: number
  readonly request: Message
  readonly response: Message
  /** The response begins before the request has ended. */
  readonly early: boolean
  /** Who breaks off, while which message is under way, and once how many of its bytes have passed there. */
  readonly breaks: Break | undefined
}

/** One message of an exchange. */
export interface Message {
  /** Of its body. */
  readonly number: number
  readonly bytes: number
  /** Without a length in the head. */
  readonly chunked: boolean
  /** Trailers follow; only if it is chunked. */
  readonly trailers: boolean
  /** Turns of the loop that its writer lets pass after each piece, and its reader after each chunk. */
  readonly writerTurns: number
  readonly readerTurns: number
}

export interface Break {
  readonly by: 'client' | 'server'
  readonly during: 'request' | 'response'
  /** Fewer than the message has. */
  readonly atByte: number
}

/** How likely an exchange is broken off. */
const breakRatio = 0.15

/** Draws what to do; one in seven is broken off. */
export function planOf(id: number, random: () => number): Plan {
  const request = drawMessage(random, random() < 0.4 ? 0 : drawBytes(random))
  const response = drawMessage(random, drawBytes(random))
  // A head that is a whole response would end the exchange while the request goes on.
  const early = random() < 0.3 && (response.bytes > 0 || response.chunked)
  return { id, request, response, early, breaks: drawBreak(random, request, response) }
}

function drawBreak(random: () => number, request: Message, response: Message): Break | undefined {
  if (random() >= breakRatio) return undefined
  const by = random() < 0.5 ? 'client' : 'server'
  const during = random() < 0.5 ? 'request' : 'response'
  const { bytes } = during === 'request' ? request : response
  // An empty message has no point to break it off at.
  return bytes === 0 ? undefined : { by, during, atByte: Math.floor(random() * bytes) }
}

function drawMessage(random: () => number, bytes: number): Message {
  const chunked = random() < 0.5
  const turns = (): number => (random() < 0.3 ? 1 + Math.floor(random() * 3) : 0)
  return {
    number: Math.floor(random() * 1000),
    bytes,
    chunked,
    trailers: chunked && random() < 0.5,
    writerTurns: turns(),
    readerTurns: turns(),
  }
}

/** Mostly small, some around the sizes of buffers, a few of megabytes. */
function drawBytes(random: () => number): number {
  const kind = random()
  if (kind < 0.05) return 0
  if (kind < 0.55) return Math.floor(random() * 4096)
  if (kind < 0.85) return Math.floor(random() * 40_000)
  if (kind < 0.992) return Math.floor(random() * 200_000)
  return Math.floor(random() * (maxBodyBytes + 1))
}
