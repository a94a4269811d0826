/** Every code this package throws or answers with. */
export type AdapterErrorCode =
  | 'ERR_LB_ADAPTERS_HOST'
  | 'ERR_LB_ADAPTERS_NO_HOST'
  | 'ERR_LB_ADAPTERS_OVERFLOW'
  | 'ERR_LB_ADAPTERS_POLICY'

/** A host or a policy that makes no sense, or a request that cannot be sent; the code says which. */
export class AdapterError extends Error {
  override readonly name: string = 'AdapterError'
  readonly code: AdapterErrorCode

  constructor(code: AdapterErrorCode, message: string, options?: ErrorOptions) {
    super(`${message} [${code}]`, options)
    this.code = code
  }
}
