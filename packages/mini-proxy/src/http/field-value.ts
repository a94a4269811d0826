/** 1 for each byte that may stand in the value of a field: none is a control character but the tab. */
const valueBytes = new Uint8Array(256).fill(1, 32)
valueBytes[9] = 1
valueBytes[127] = 0

/** Where the first byte from `start` is that no value may have; `limit` if there is none before it. */
export function endOfValue(bytes: Uint8Array, start: number, limit: number): number {
  let at = endOfUsual(bytes, start, limit)
  // What ends a run of usual bytes may be allowed all the same.
  while (at < limit && valueBytes[bytes[at] ?? 0] === 1) at = endOfUsual(bytes, at + 1, limit)
  return at
}

/** Most bytes of values pass by this alone, without a look into a table: they are from 32 to 126, or from 160 to 254. */
function endOfUsual(bytes: Uint8Array, start: number, limit: number): number {
  let at = start
  while (at < limit && (((bytes[at] ?? 0) + 1) & 127) > 32) at = (at + 1) | 0
  return at
}

/** Without the spaces and tabs around it; `String#trim` would take more away, and so read other bytes than the next hop. */
export function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from += 1
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
