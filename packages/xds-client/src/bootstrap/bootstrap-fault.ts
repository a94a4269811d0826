/** Something wrong with a bootstrap, and where. */
export interface BootstrapFault {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** In the API's snake_case names: `static_resources.clusters[0].connect_timeout`; empty for the whole. */
  readonly path: string
  /** A lower-case sentence without the path. */
  readonly message: string
}
