import type { PlainRequest } from '@meshwright/route-matcher'

/** A concrete request that proves something; the matcher itself was asked about it. */
export interface Witness {
  readonly request: PlainRequest
  /** The draw to match it with (`MatchOptions.random`), if the draw decides. */
  readonly random?: number
}
