/** How long and how strictly to measure. */
export interface BenchOptions {
  readonly rounds: number
  /** Of each sample. */
  readonly seconds: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
}
