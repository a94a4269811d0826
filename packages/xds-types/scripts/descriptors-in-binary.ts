/** Kinds of the fields that a serialized `FileDescriptorProto` may have, by number. */
const wireTypes: Readonly<Record<number, number>> = {
  1: 2,
  2: 2,
  3: 2,
  4: 2,
  5: 2,
  6: 2,
  7: 2,
  8: 2,
  10: 0,
  11: 0,
  12: 2,
}
const syntaxField = 12
const repeatable = new Set([3, 4, 5, 6, 7, 10, 11])
/** A descriptor starts with its file's name: a tag, a length of one or two bytes, and the text. */
const start = /\n([\s\S]{1,2}?)((?:cel|envoy|xds|udpa)\/[\w/.-]+\.proto)/g

/**
 * The protobuf descriptors that a C++ program carries in its data, as bytes of
 * `FileDescriptorProto`, by file name. They lie there as the compiler wrote them, uncompressed.
 */
export function descriptorsInBinary(binary: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  // latin1 maps every byte to one UTF-16 unit, so that positions in the text are positions in bytes.
  const windowBytes = 64 * 1024 * 1024
  for (let base = 0; base < binary.length; base += windowBytes) {
    const text = binary.latin1Slice(base, Math.min(base + windowBytes + 4096, binary.length))
    for (const match of text.matchAll(start)) {
      const [, length = '', name = ''] = match
      if (lengthOf(length) !== name.length) continue
      const bytes = descriptorAt(binary, base + match.index)
      if (bytes !== undefined) found.set(name, bytes)
    }
  }
  return found
}

function lengthOf(varint: string): number {
  const [low = 0, high = 0] = [...varint].map((unit) => unit.charCodeAt(0))
  return (low & 0x7f) | (high << 7)
}

/** Follows the fields from `begin` up to the syntax, which protoc writes last. */
function descriptorAt(binary: Buffer, begin: number): Buffer | undefined {
  let at = begin
  let last = 0
  for (;;) {
    const tag = binary[at]
    if (tag === undefined || wireTypes[tag >> 3] !== (tag & 7)) return undefined
    const number = tag >> 3
    if (number < last || (number === last && !repeatable.has(number))) return undefined
    last = number
    const [value, next] = varintAt(binary, at + 1)
    at = (tag & 7) === 2 ? next + value : next
    if (at > binary.length) return undefined
    if (number === syntaxField) return binary.subarray(begin, at)
  }
}

function varintAt(binary: Buffer, begin: number): [value: number, end: number] {
  let value = 0
  let at = begin
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = binary[at++] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  return [value, at]
}
