const protoForm = /^(\d{1,12})(?:\.(\d{1,9}))?s$/
const goForm = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/
const goPart = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Protobuf's limit for a duration: about 10,000 years. */
const maxMs = 315_576_000_000_000

/** A duration that was read. */
export interface ParsedDuration {
  readonly ms: number
  /** In proto3 JSON form. */
  readonly canonical: string
}

/** Reads a duration in proto3 JSON form (`1.5s`) or in Go's (`1h30m`, `250ms`); not negative. */
export function durationFrom(text: string): ParsedDuration | undefined {
  const ms = millisecondsOf(text)
  return ms === undefined || ms > maxMs ? undefined : { ms, canonical: canonicalOf(ms) }
}

/**
 * The milliseconds of a duration in proto3 JSON form or in Go's.
 *
 * @example
 * ```ts
 * durationMs('1.5s') // => 1500
 * durationMs('1h30m') // => 5400000
 * durationMs('soon') // => undefined
 * ```
 */
export function durationMs(text: string): number | undefined {
  return durationFrom(text)?.ms
}

function millisecondsOf(text: string): number | undefined {
  const proto = protoForm.exec(text)
  if (proto !== null) return Number(proto[1]) * 1000 + Number(`0.${proto[2] ?? '0'}`) * 1000
  if (text === '0') return 0
  if (!goForm.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(goPart)) {
    ms += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  }
  return ms
}

/** Proto3 JSON writes 0, 3, 6 or 9 decimals. */
function canonicalOf(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const nanos = Math.round((ms - seconds * 1000) * 1e6)
  if (nanos === 0) return `${seconds}s`
  if (nanos === 1e9) return `${seconds + 1}s`
  const digits = String(nanos).padStart(9, '0')
  return `${seconds}.${digits.replace(/(?:000){1,2}$/, '')}s`
}
