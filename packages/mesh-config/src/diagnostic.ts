/** Stops a change (`error`) or only accompanies it (`warning`). */
export type Severity = 'error' | 'warning'

/** What is wrong, and where, and what would be right. */
export interface Diagnostic {
  /** Stable, of the form `ERR_CONFIG_<WHAT>` or `WARN_CONFIG_<WHAT>`. */
  readonly code: string
  readonly severity: Severity
  /** One lower-case sentence without a full stop. */
  readonly message: string
  /** The path of the source file, as it was given. */
  readonly file: string
  /** Counts from 1. */
  readonly line: number
  /** Counts from 1, in UTF-16 code units. */
  readonly column: number
  /** Where in the document: `spec.http[0].route[1].destination.host`. Empty for the document itself. */
  readonly path: string
  readonly expected?: string
  readonly got?: string
  /** A replacement for what was found, when one is near. */
  readonly suggestion?: string
}
