/** Every code this package throws with. */
export type XdsTypesErrorCode =
  | 'ERR_XDS_TYPES_JSON'
  | 'ERR_XDS_TYPES_LIMIT'
  | 'ERR_XDS_TYPES_UNKNOWN_FIELD'
  | 'ERR_XDS_TYPES_UNKNOWN_TYPE'
  | 'ERR_XDS_TYPES_WIRE'

/** A fault and where it lies, in the API's own snake_case names: `clusters[3].connect_timeout`. */
export interface Violation {
  /** Empty when the message as a whole is at fault. */
  readonly path: string
  /** A lower-case sentence without the path. */
  readonly message: string
}

/** Thrown when bytes or JSON are not the message that they are said to be. */
export class XdsTypesError extends Error implements Violation {
  override readonly name: string = 'XdsTypesError'
  readonly code: XdsTypesErrorCode
  readonly path: string

  constructor(code: XdsTypesErrorCode, fault: Violation & ErrorOptions) {
    super(`${fault.path === '' ? '' : `${fault.path}: `}${fault.message} [${code}]`, fault)
    this.code = code
    this.path = fault.path
  }
}
