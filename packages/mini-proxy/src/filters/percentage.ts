/** `envoy.type.v3.FractionalPercent` in proto3 JSON. */
export interface FractionalPercentJson {
  readonly numerator?: number
  readonly denominator?: 'HUNDRED' | 'TEN_THOUSAND' | 'MILLION'
}

const denominators = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

/** The part of one that a percentage stands for. */
export function ratioOf(percent: FractionalPercentJson | undefined, absent: number): number {
  return percent === undefined ? absent : (percent.numerator ?? 0) / denominatorOf(percent)
}

/** Of how many a percentage counts. */
export function denominatorOf(
  percent: FractionalPercentJson | undefined,
): 100 | 10_000 | 1_000_000 {
  return denominators[percent?.denominator ?? 'HUNDRED']
}
