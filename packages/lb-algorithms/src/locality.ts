import { compareText } from './compare-text.ts'

/** Where hosts are. */
export interface Locality {
  readonly region?: string
  readonly zone?: string
  readonly subZone?: string
}

/** Order by region, zone and sub-zone, as Envoy lists localities. Missing parts are empty. */
export function compareLocalities(a: Locality = {}, b: Locality = {}): number {
  return (
    compareText(a.region, b.region) ||
    compareText(a.zone, b.zone) ||
    compareText(a.subZone, b.subZone)
  )
}
