import { BreakerOptionError } from './errors.ts'

/** The largest value of the unsigned 32-bit fields of Envoy: "no limit" in the configuration that Istio writes. */
export const maxUint32 = 0xffff_ffff

/** Refuses all but whole numbers from `least` to `most`. */
export function wholeNumber(
  name: string,
  value: number,
  least = 0,
  most: number = maxUint32,
): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new BreakerOptionError(name, `a whole number from ${least} to ${most}`, value)
}

/** Refuses all but numbers from `least` to `most`; infinity only where `most` is. */
export function realNumber(name: string, value: number, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new BreakerOptionError(name, `a number from ${least} to ${most}`, value)
}

/** Refuses what is no ratio: above 0, at most 1. */
export function positiveRatio(name: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value
  throw new BreakerOptionError(name, 'a number above 0, at most 1', value)
}
