/** Milliseconds of a protobuf Duration in JSON (`1.5s`), or `absent` when there is none. */
export function durationMs(text: string | undefined, absent: number): number {
  return text === undefined ? absent : Number.parseFloat(text) * 1000
}

/** The same where zero means never. */
export function timeoutMs(text: string | undefined, absent: number): number {
  const ms = durationMs(text, absent)
  return ms === 0 ? Number.POSITIVE_INFINITY : ms
}
