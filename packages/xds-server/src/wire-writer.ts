/** A length-delimited protobuf field: tag, length, bytes. */
export function bytesField(field: number, value: Uint8Array): readonly Uint8Array[] {
  return [fieldHead(field, value.length), value]
}

/** What stands before the bytes of a length-delimited field: its tag and their number. */
export function fieldHead(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varint((field << wireTypeBits) | lengthDelimited), ...varint(length)])
}

/** A string field; an empty string is not written, as proto3 has it. */
export function stringField(field: number, value: string): readonly Uint8Array[] {
  return value === '' ? [] : bytesField(field, Buffer.from(value))
}

/** The bytes of all parts in a row. */
export function concat(parts: readonly (readonly Uint8Array[])[]): Buffer {
  return Buffer.concat(parts.flat())
}

const wireTypeBits = 3
const lengthDelimited = 2
const continuation = 0x80

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= continuation) {
    bytes.push((rest % continuation) | continuation)
    rest = Math.floor(rest / continuation)
  }
  return [...bytes, rest]
}
