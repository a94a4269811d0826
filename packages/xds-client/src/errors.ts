import type { BootstrapFault } from './bootstrap/bootstrap-fault.ts'

/** Thrown by `parseBootstrap`: the bootstrap cannot be used, for each of `faults`. */
export class BootstrapError extends Error {
  override readonly name: string = 'BootstrapError'
  readonly code = 'ERR_XDS_CLIENT_BOOTSTRAP'
  /** In the order of their lines; at least one. */
  readonly faults: readonly BootstrapFault[]

  constructor(faults: readonly BootstrapFault[], options?: ErrorOptions) {
    super(sentence(faults), options)
    this.faults = faults
  }
}

/** Codes of {@link XdsClientError}. */
export type XdsClientErrorCode =
  | 'ERR_XDS_CLIENT_CLOSED'
  | 'ERR_XDS_CLIENT_STARTED'
  | 'ERR_XDS_CLIENT_STATIC_RESOURCE'

/** Thrown when a client is used wrongly, or cannot start. */
export class XdsClientError extends Error {
  override readonly name: string = 'XdsClientError'
  readonly code: XdsClientErrorCode

  constructor(code: XdsClientErrorCode, message: string, options?: ErrorOptions) {
    super(`${message} [${code}]`, options)
    this.code = code
  }
}

function sentence(faults: readonly BootstrapFault[]): string {
  const [first] = faults
  if (first === undefined) return 'the bootstrap cannot be used'
  const { file, line, column, path, message } = first
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}${rest}`
}
