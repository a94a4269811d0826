import { FrameType } from '../../src/http2/frame-format.ts'
import { begun, frame, framesOf } from './recorded-frames.ts'

/** What a fuzzing of the frame reader has seen. */
export interface FrameFuzzReport {
  readonly connections: number
  readonly frames: number
  /** First words of what was told. */
  readonly kinds: ReadonlySet<string>
  /** Connections that ended with an error. */
  readonly faults: number
  /** Connections of which the cut bytes told something else than the whole ones; the first few in full. */
  readonly differences: number
  readonly examples: readonly object[]
}

/** Changes the chunks that one of the two readers gets. */
export type PlantedFrameFault = (chunk: Buffer) => Buffer

const framesOfConnection = 12

/** Gives the bytes of drawn connections to a reader at once, and cut anywhere to another. */
export function fuzzFrames(
  random: () => number,
  connections: number,
  planted?: PlantedFrameFault,
): FrameFuzzReport {
  let frames = 0
  const kinds = new Set<string>()
  let faults = 0
  const different: object[] = []
  for (let i = 0; i < connections; i++) {
    const bytes = drawConnection(random)
    const cuts = drawCuts(random, bytes.length)
    const whole = framesOf(bytes)
    const cut = framesOf(bytes, planted === undefined ? { cuts } : { cuts, chunk: planted })
    frames += whole.length
    for (const line of whole) kinds.add(line.split(' ', 1).join())
    const ends = whole.findIndex((it) => it.startsWith('connection fault'))
    faults += ends === -1 ? 0 : 1
    const toldAfterTheEnd = ends !== -1 && ends !== whole.length - 1
    if (toldAfterTheEnd || whole.join() !== cut.join()) {
      different.push({ bytes: bytes.toString('hex'), cuts, whole, cut })
    }
  }
  return {
    connections,
    frames,
    kinds,
    faults,
    differences: different.length,
    examples: different.slice(0, 3),
  }
}

/** Faults of the kinds that a reader may have which puts chunks together. */
export const plantedFrameFaults: Readonly<Record<string, PlantedFrameFault>> = {
  'the last byte of a chunk lost': (it) => it.subarray(0, -1),
  'a chunk of one byte lost': (it) => (it.length === 1 ? Buffer.alloc(0) : it),
  'a chunk of eight bytes or less read twice': (it) =>
    it.length <= 8 ? Buffer.concat([it, it]) : it,
  'a bit of the first byte of a chunk changed': (it) =>
    Buffer.from(it.map((byte, at) => (at === 0 ? byte ^ 1 : byte))),
}

/** Where bytes of a length are cut: a few places, now and then everywhere. */
export function drawCuts(random: () => number, length: number): number[] {
  const count = random() < 0.2 ? length : Math.floor(random() * 20)
  const cuts = Array.from({ length: count }, () => Math.floor(random() * (length + 1)))
  return cuts.toSorted((a, b) => a - b)
}

/** A client's bytes: mostly frames in order, some with something wrong, now and then a byte changed. */
function drawConnection(random: () => number): Buffer {
  const below = (count: number) => Math.floor(random() * count)
  const frames: Buffer[] = []
  for (let i = below(framesOfConnection); i >= 0; i--) frames.push(...drawFrames(random))
  const bytes = begun(...frames)
  if (random() < 0.2) bytes.writeUInt8(below(256), below(bytes.length))
  return random() < 0.1 ? bytes.subarray(0, below(bytes.length)) : bytes
}

const lengths = [0, 1, 3, 4, 5, 6, 8, 9, 12, 20, 40, 300]

/** Lengths that each type has when all is well. */
const fitting: Readonly<Record<number, number>> = {
  [FrameType.PRIORITY]: 5,
  [FrameType.RST_STREAM]: 4,
  [FrameType.SETTINGS]: 12,
  [FrameType.PING]: 8,
  [FrameType.GOAWAY]: 20,
  [FrameType.WINDOW_UPDATE]: 4,
}

const ofConnection: readonly number[] = [FrameType.SETTINGS, FrameType.PING, FrameType.GOAWAY]

function drawFrames(random: () => number): Buffer[] {
  const below = (count: number) => Math.floor(random() * count)
  const odd = random() < 0.05
  const type = odd ? below(256) : below(10)
  const drawn = lengths[below(lengths.length)] ?? 0
  const length = odd ? drawn : (fitting[type] ?? drawn)
  // Small numbers, so that lengths of padding, settings and increments fit now and then.
  const payload = Buffer.from(Array.from({ length }, () => (random() < 0.6 ? 0 : below(9))))
  const streamId = odd || ofConnection.includes(type) ? below(2) : 1 + below(9)
  const flags = odd ? below(256) : below(2) | (random() < 0.2 ? 0x28 & below(256) : 0)
  if (type === FrameType.CONTINUATION || type === FrameType.PUSH_PROMISE) return []
  if (type !== FrameType.HEADERS) {
    return [frame(type, type === FrameType.SETTINGS ? 0 : flags, streamId, payload)]
  }
  const block = Array.from({ length: below(4) }, () =>
    frame(FrameType.CONTINUATION, 0, streamId, payload.subarray(0, below(length + 1))),
  )
  const pieces = [frame(type, flags, streamId, payload), ...block]
  const last = pieces.at(-1)
  if (!odd) last?.writeUInt8(last.readUInt8(4) | 4, 4)
  return pieces
}
