// A writer from back to front, like WireWriter, that does only what hot messages need: one-byte
// tags, ASCII text, unsigned 32-bit integers. A place is passed in and the new place passed out, so
// that the engine keeps it in a register; encoding is synchronous and never calls back, so one
// buffer is enough.

/** Room for some 25,000 endpoints; what is longer is for the general encoder. */
const longestBytes = 1024 * 1024
/** Room that is left before any text: what a few objects take besides their texts. */
const slack = 256
const poolBytes = 64 * 1024
const longestPooledBytes = poolBytes / 8

/** The tag of the one field that a wrapper has. */
const wrappedValueTag = 0x08

/** An offset into the buffer: what was written begins there. */
export type Place = number

// A constant, for then the engine knows where it lies, which is a fifth of the whole time.
const bytes = new Uint8Array(longestBytes)
let isVoid = false

let pool = new Uint8Array(poolBytes)
let pooled = 0

/**
 * The bytes that `write` writes, given the place to end at; it answers where they begin. Undefined if
 * it {@link turnCold turned cold} or if there are too many.
 */
export function written(write: (end: Place) => Place): Uint8Array | undefined {
  isVoid = false
  const begin = write(longestBytes)
  return isVoid ? undefined : copy(bytes.subarray(begin))
}

/** Short messages lie side by side in one buffer, for an allocation costs as much as one of them. */
function copy(message: Uint8Array): Uint8Array {
  const { length } = message
  if (length > longestPooledBytes) return message.slice()
  if (pooled + length > poolBytes) {
    pool = new Uint8Array(poolBytes)
    pooled = 0
  }
  pool.set(message, pooled)
  pooled += length
  return pool.subarray(pooled - length, pooled)
}

/** Says that something came that this writer does not do, so that what it wrote is void. */
export function turnCold(): void {
  isVoid = true
}

/** The length of what lies between two places, and a tag before it. */
export function close(at: Place, tag: number, end: Place): Place {
  const length = end - at
  if (length > 0x7f) return number(at, tag, length)
  // Spelled out because calls would cost more than the work; so it is in the functions below.
  bytes[at - 1] = length
  bytes[at - 2] = tag
  return at - 2
}

/** Text with its length and tag; nothing if it is absent or empty. */
export function text(at: Place, tag: number, value: unknown): Place {
  if (typeof value !== 'string') {
    if (value !== undefined) isVoid = true
    return at
  }
  const { length } = value
  if (length === 0) return at
  const begin = at - length
  if (begin < slack) {
    isVoid = true
    return at
  }
  let bits = 0
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i)
    bits |= unit
    bytes[begin + i] = unit
  }
  // Whatever is not ASCII needs another encoding than this.
  if (bits > 0x7f) isVoid = true
  if (length > 0x7f) return number(begin, tag, length)
  bytes[begin - 1] = length
  bytes[begin - 2] = tag
  return begin - 2
}

/** An unsigned integer with its tag, even if it is zero. */
export function number(at: Place, tag: number, value: number): Place {
  if (at < slack) isVoid = true
  if (value < 0x80) {
    bytes[at - 1] = value
    bytes[at - 2] = tag
    return at - 2
  }
  if (value < 0x4000) {
    bytes[at - 1] = value >> 7
    bytes[at - 2] = (value & 0x7f) | 0x80
    bytes[at - 3] = tag
    return at - 3
  }
  return longNumber(at, tag, value)
}

/** A `google.protobuf.UInt32Value`; nothing if it is absent. */
export function wrapped(at: Place, tag: number, value: unknown): Place {
  if (value === undefined) return at
  const small = (value as number) & 0x7f
  if (small === 0 || small !== value || at < slack) {
    const whole = wholeNumber(value)
    return close(whole === 0 ? at : number(at, wrappedValueTag, whole), tag, at)
  }
  bytes[at - 1] = small
  bytes[at - 2] = wrappedValueTag
  bytes[at - 3] = 2
  bytes[at - 4] = tag
  return at - 4
}

/** A message that was encoded elsewhere, with its length and tag. */
export function encoded(at: Place, tag: number, message: Uint8Array): Place {
  const begin = at - message.length
  if (begin < slack) {
    isVoid = true
    return at
  }
  bytes.set(message, begin)
  return number(begin, tag, message.length)
}

/** The value if it is an unsigned 32-bit integer; otherwise the message turns cold. */
export function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && value >>> 0 === value) return value
  isVoid = true
  return 0
}

function longNumber(at: Place, tag: number, value: number): Place {
  const begin = at - (value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5)
  let to = begin
  let rest = value
  while (rest > 0x7f) {
    bytes[to++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[to] = rest
  bytes[begin - 1] = tag
  return begin - 1
}
