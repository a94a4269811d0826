import { type Diagnostic, formatDiagnostic } from '@meshwright/mesh-config'

/** Every code this package throws with. */
export type MeshTestErrorCode =
  /** The configuration has faults; `diagnostics` are all of them. */
  | 'ERR_MESH_TEST_CONFIG'
  /** A text is neither Istio's resources nor an Envoy configuration with routes. */
  | 'ERR_MESH_TEST_FORMAT'
  /** A file or directory cannot be read. */
  | 'ERR_MESH_TEST_READ'
  /** A request cannot be made of what was given. */
  | 'ERR_MESH_TEST_REQUEST'
  /** The proxy to look from cannot be told from the options. */
  | 'ERR_MESH_TEST_PROXY'
  /** A file of test cases is not of its format. */
  | 'ERR_MESH_TEST_SUITE'

/** A mesh that cannot be tested, and why. */
export class MeshTestError extends Error {
  override readonly name: string = 'MeshTestError'
  readonly code: MeshTestErrorCode
  /** What is wrong with the configuration, warnings included; empty for the other codes. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(
    message: string,
    options: {
      readonly code: MeshTestErrorCode
      readonly diagnostics?: readonly Diagnostic[]
      readonly cause?: unknown
    },
  ) {
    super(`${message} [${options.code}]`, options)
    this.code = options.code
    this.diagnostics = options.diagnostics ?? []
  }
}

/** The error for a configuration with faults: every one on a line of its own. */
export function configError(diagnostics: readonly Diagnostic[]): MeshTestError {
  const lines = diagnostics.map(formatDiagnostic)
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  return new MeshTestError(
    `the configuration has ${count} fault${count === 1 ? '' : 's'}:\n${lines.join('\n')}\n`,
    { code: 'ERR_MESH_TEST_CONFIG', diagnostics },
  )
}
