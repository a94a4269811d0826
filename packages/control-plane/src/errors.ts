import type { Diagnostic } from '@meshwright/mesh-config'

/** Every code this package throws with. */
export type ControlPlaneErrorCode =
  /** The configuration cannot be read: missing, empty, unreadable, too large. */
  | 'ERR_CONTROL_PLANE_SOURCE'
  /** The configuration was read and is wrong. */
  | 'ERR_CONTROL_PLANE_CONFIG'
  /** The state directory cannot be used. */
  | 'ERR_CONTROL_PLANE_STATE'
  /** An address cannot be listened on. */
  | 'ERR_CONTROL_PLANE_LISTEN'

/** A control plane that cannot start, or configuration that it cannot take. */
export class ControlPlaneError extends Error {
  override readonly name: string = 'ControlPlaneError'
  readonly code: ControlPlaneErrorCode
  /** What is wrong with the configuration, and where; empty if it could not be read. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(
    message: string,
    options: {
      readonly code: ControlPlaneErrorCode
      readonly diagnostics?: readonly Diagnostic[]
      readonly cause?: unknown
    },
  ) {
    super(`${message} [${options.code}]`, options)
    this.code = options.code
    this.diagnostics = options.diagnostics ?? []
  }
}
