import type { FractionalPercentJson } from '@meshwright/route-matcher'

/** Of how many draws a fraction tells; 0 for a denominator that is none. */
export function fractionPeriod({ denominator = 0 }: FractionalPercentJson): number {
  return denominators[denominator] ?? 0
}

const denominators: Readonly<Record<string, number>> = {
  0: 100,
  HUNDRED: 100,
  1: 10_000,
  TEN_THOUSAND: 10_000,
  2: 1_000_000,
  MILLION: 1_000_000,
}
