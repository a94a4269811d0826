/** What a fuzzing of a reader of first bytes has seen. */
export interface BeginningFuzzReport {
  readonly beginnings: number
  /** How many came to each verdict. */
  readonly verdicts: ReadonlyMap<string, number>
  /** Of those with a known meaning, how many were tried. */
  readonly known: number
  /** Beginnings that were told differently when cut, or not what they mean; the first few in full. */
  readonly differences: number
  readonly examples: readonly object[]
}

/** Changes the chunks of the bytes that come cut. */
export type PlantedBeginningFault = (chunk: Buffer) => Buffer

/** First bytes of a connection; `meaning` is what has to be read there, undefined where that is not known. */
export interface Beginning {
  readonly bytes: Buffer
  readonly meaning: string | undefined
}

/** Something that reads first bytes: all so far, again and again, until it does not say `more`. */
export interface BeginningReader {
  draw(random: () => number): Beginning
  /** The verdict as one line: its kind, a space, and the rest. */
  read(bytes: Uint8Array): string
  /** Bytes that are looked at; beyond them there is no verdict. */
  readonly maxBytes: number
}

/** Gives drawn beginnings to a reader at once, and cut anywhere. */
export function fuzzBeginnings(
  reader: BeginningReader,
  random: () => number,
  beginnings: number,
  planted: PlantedBeginningFault = (it) => it,
): BeginningFuzzReport {
  const verdicts = new Map<string, number>()
  const different: object[] = []
  let known = 0
  for (let i = 0; i < beginnings; i++) {
    const { bytes, meaning } = reader.draw(random)
    const cuts = drawCuts(random, bytes.length)
    const whole = firstVerdict(reader, [bytes])
    const cut = firstVerdict(reader, inPieces(bytes, cuts).map(planted))
    const kind = whole.slice(0, `${whole} `.indexOf(' '))
    verdicts.set(kind, (verdicts.get(kind) ?? 0) + 1)
    if (meaning !== undefined) known += 1
    if (whole !== cut || whole !== (meaning ?? whole)) {
      different.push({ bytes: bytes.toString('hex'), cuts, whole, cut, meaning })
    }
  }
  return {
    beginnings,
    verdicts,
    known,
    differences: different.length,
    examples: different.slice(0, 3),
  }
}

/** Faults of the kinds that may be made by whoever puts chunks together. */
export const plantedBeginningFaults: Readonly<Record<string, PlantedBeginningFault>> = {
  'the last byte of a chunk lost': (it) => it.subarray(0, -1),
  'a chunk of one byte lost': (it) => (it.length === 1 ? Buffer.alloc(0) : it),
  'a chunk twice': (it) => Buffer.concat([it, it]),
  'a short chunk with other bytes': (it) =>
    it.length > 0 && it.length < 9 ? Buffer.from(it.map((byte) => byte ^ 1)) : it,
}

function firstVerdict(reader: BeginningReader, pieces: readonly Buffer[]): string {
  let held = Buffer.alloc(0)
  let verdict = 'more'
  for (const piece of pieces) {
    held = Buffer.concat([held, piece])
    // A copy, spoilt afterwards: whoever keeps the bytes of a read is found out.
    const seen = Buffer.from(held.subarray(0, reader.maxBytes))
    verdict = reader.read(seen)
    seen.fill(0xa5)
    if (!verdict.startsWith('more') || held.length >= reader.maxBytes) break
  }
  return verdict
}

function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  return [...cuts, bytes.length].map((cut, i) => bytes.subarray(cuts[i - 1] ?? 0, cut))
}

/** Mostly a few; now and then enough for single bytes, near the front where the decisions are. */
function drawCuts(random: () => number, length: number): number[] {
  const isDense = random() < 0.2
  const count = isDense ? Math.min(length, 100) : Math.floor(random() * 8)
  const within = isDense ? Math.min(length, 120) : length
  const cuts = Array.from({ length: count }, () => Math.floor(random() * (within + 1)))
  return cuts.toSorted((a, b) => a - b)
}

/** Some of the bytes changed, put in or taken out, the end cut off; the meaning of that is not known. */
export function spoilt(random: () => number, bytes: Buffer): Beginning {
  const below = (count: number): number => Math.floor(random() * count)
  let changed = bytes
  for (let i = 1 + below(3); i > 0; i--) {
    // Early bytes decide most.
    const at = below(random() < 0.7 ? Math.min(changed.length, 60) : changed.length)
    const byte = Buffer.from([random() < 0.5 ? below(256) : (odd[below(odd.length)] ?? 0)])
    changed = Buffer.concat([changed.subarray(0, at), byte, changed.subarray(at + below(3))])
  }
  const end = random() < 0.3 ? below(changed.length + 1) : changed.length
  return { bytes: changed.subarray(0, end), meaning: undefined }
}

const odd = [0, 1, 2, 3, 10, 13, 16, 22, 32, 0x21, 0x30, 0x7f, 0x80, 0xff]
