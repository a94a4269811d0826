import { ResilienceError } from './errors.ts'

/** The most that Envoy's 32-bit fields can say. */
const maxUint32 = 0xffff_ffff

/** A whole number from `from` to 2³² − 1. */
export function checkCount(name: string, value: number, from = 0): number {
  if (Number.isInteger(value) && value >= from && value <= maxUint32) return value
  throw badOption(name, `a whole number from ${from} to ${maxUint32}`, value)
}

/** Milliseconds of at least 0; Infinity only if `unbounded`. */
export function checkMs(name: string, value: number, unbounded = false): number {
  if (value >= 0 && (unbounded || value < Infinity)) return value
  throw badOption(name, 'milliseconds of at least 0', value)
}

/** A share in per cent, from 0 to 100. */
export function checkPercent(name: string, value: number): number {
  if (value >= 0 && value <= 100) return value
  throw badOption(name, 'a percentage from 0 to 100', value)
}

/** The error about an option. */
export function badOption(name: string, expected: string, got: unknown): ResilienceError {
  const shown = typeof got === 'string' ? JSON.stringify(got) : String(got)
  return new ResilienceError('ERR_RESILIENCE_OPTION', `${name}: expected ${expected}, got ${shown}`)
}
