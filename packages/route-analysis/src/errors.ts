import type { Witness } from './witness.ts'

/**
 * Thrown when the matcher answers a witness otherwise than the proof says: a fault of this package, never of the
 * configuration.
 */
export class RouteAnalysisError extends Error {
  override readonly name: string = 'RouteAnalysisError'
  readonly code = 'ERR_ROUTE_ANALYSIS_DISAGREEMENT'
  readonly witness: Witness

  constructor(witness: Witness, expected: string, got: string) {
    super(
      `proof and matcher disagree about ${JSON.stringify(witness)}: expected ${expected}, got ${got} [ERR_ROUTE_ANALYSIS_DISAGREEMENT]`,
    )
    this.witness = witness
  }
}
