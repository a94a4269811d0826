/** Milliseconds of a duration in proto3 JSON (`1.5s`), or `fallback` if there is none. */
export function durationMs(text: string | undefined, fallback: number): number {
  return text === undefined ? fallback : Number(text.slice(0, -1)) * 1000
}
