/** Milliseconds of a proto3 JSON duration such as `'1.5s'`; undefined if it is none, or negative. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value !== 'string' || !form.test(value)) return undefined
  return Number((Number(value.slice(0, -1)) * 1000).toFixed(6))
}

/** Proto3's own bound on seconds has twelve digits. */
const form = /^\d{1,12}(\.\d{1,9})?s$/
