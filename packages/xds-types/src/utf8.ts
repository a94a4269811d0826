const replacement = 0xfffd
/** Longest run of code units handed to one `fromCharCode` call. */
const chunkUnits = 4096
/** Longest text for which there is a list to gather its units in; type URLs have about a hundred. */
const longestPooled = 128
const pooledUnits: number[][] = []

/** Writes `text` so that it ends just before `end`; returns where it begins. Lone surrogates become U+FFFD. */
export function writeUtf8Backward(bytes: Uint8Array, end: number, text: string): number {
  return isAsciiWritten(bytes, end, text) ? end - text.length : writeAny(bytes, end, text)
}

/** Nearly all text is ASCII. What is not is written in vain, and then over. */
function isAsciiWritten(bytes: Uint8Array, end: number, text: string): boolean {
  const { length } = text
  const begin = end - length
  let bits = 0
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    bits |= unit
    bytes[begin + i] = unit
  }
  return bits < 0x80
}

function writeAny(bytes: Uint8Array, end: number, text: string): number {
  let at = end
  for (let i = text.length - 1; i >= 0; i--) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      bytes[--at] = code
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const high = i > 0 ? text.charCodeAt(i - 1) : 0
      if (code >= 0xdc00 && high >= 0xd800 && high <= 0xdbff) {
        code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00)
        i -= 1
      } else code = replacement
    }
    at = writeCodePointBackward(bytes, at, code)
  }
  return at
}

/** The text of `bytes[start, end)`, or nothing if that is not well-formed UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  return readAscii(bytes, start, end) ?? readAny(bytes, start, end)
}

/** Nearly all text is short and ASCII. Undefined if this one is not. */
function readAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start
  if (length > chunkUnits) return undefined
  // A list of the right length costs a third of a view of the bytes, and these are used again.
  const units = unitsFor(length)
  let bits = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] ?? 0
    bits |= byte
    units[i] = byte
  }
  return bits > 0x7f ? undefined : String.fromCharCode.apply(null, units)
}

function unitsFor(length: number): number[] {
  if (length > longestPooled) return new Array<number>(length)
  const units = pooledUnits[length] ?? new Array<number>(length).fill(0)
  pooledUnits[length] = units
  return units
}

function readAny(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  let units: number[] = []
  for (let at = start; at < end; ) {
    const lead = bytes[at] ?? 0
    const length = sequenceLength(lead)
    if (length === 0 || at + length > end) return undefined
    const code = length === 1 ? lead : codePoint(bytes, at, length)
    if (code === -1) return undefined
    if (code > 0xffff) units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff))
    else units.push(code)
    at += length
    if (units.length >= chunkUnits) {
      text += String.fromCharCode(...units)
      units = []
    }
  }
  return text + String.fromCharCode(...units)
}

function writeCodePointBackward(bytes: Uint8Array, end: number, code: number): number {
  let at = end
  bytes[--at] = (code & 0x3f) | 0x80
  if (code < 0x800) {
    bytes[--at] = (code >> 6) | 0xc0
    return at
  }
  bytes[--at] = ((code >> 6) & 0x3f) | 0x80
  if (code < 0x10000) {
    bytes[--at] = (code >> 12) | 0xe0
    return at
  }
  bytes[--at] = ((code >> 12) & 0x3f) | 0x80
  bytes[--at] = (code >> 18) | 0xf0
  return at
}

/** How many bytes the lead byte announces; 0 if it leads nothing. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0
}

/** The code point at `at`, or -1 for a broken, overlong, surrogate or too large one. */
function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let code = (bytes[at] ?? 0) & (0xff >> (length + 1))
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0
    if ((byte & 0xc0) !== 0x80) return -1
    code = (code << 6) | (byte & 0x3f)
  }
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000
  const isSurrogate = code >= 0xd800 && code <= 0xdfff
  return code < least || code > 0x10ffff || isSurrogate ? -1 : code
}
