import type { FractionalPercentJson } from '@meshwright/xds-types/envoy/type/v3'

const partsPerMillionInPercent = 10_000

/** A percentage (0 to 100, two decimals and more) as Envoy's fraction of a million. */
export function millionths(percent: number): FractionalPercentJson {
  return { numerator: Math.round(percent * partsPerMillionInPercent), denominator: 'MILLION' }
}
