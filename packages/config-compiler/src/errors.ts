/** Every code this package throws with. */
export type CompileErrorCode =
  /** The node has no identifier, or not one of four parts. */
  | 'ERR_COMPILER_NODE_ID'
  /** A value of the node's metadata is of the wrong type or out of its range. */
  | 'ERR_COMPILER_NODE_METADATA'

/** A proxy that cannot be told from the node it says it is. */
export class CompileError extends Error {
  override readonly name: string = 'CompileError'
  readonly code: CompileErrorCode
  /** What would have been right. */
  readonly expected: string
  /** What was found, as JSON. */
  readonly got: string

  constructor(code: CompileErrorCode, expected: string, got: unknown) {
    const found = JSON.stringify(got) ?? 'nothing'
    super(`expected ${expected}, got ${found} [${code}]`)
    this.code = code
    this.expected = expected
    this.got = found
  }
}
