/** Every code this package throws with. */
export type ProxyErrorCode = 'ERR_PROXY_CONFIG' | 'ERR_PROXY_CLOSED' | 'ERR_PROXY_RESTARTING'

/** A configuration that the proxy cannot honor, or a call that comes too late. */
export class ProxyError extends Error {
  override readonly name: string = 'ProxyError'
  readonly code: ProxyErrorCode
  /** The message without the code: what goes into a NACK. */
  readonly reason: string

  constructor(code: ProxyErrorCode, reason: string, options?: ErrorOptions) {
    super(`${reason} [${code}]`, options)
    this.code = code
    this.reason = reason
  }
}

/** Refuses a resource. */
export function refuse(reason: string, cause?: unknown): never {
  throw new ProxyError('ERR_PROXY_CONFIG', reason, cause === undefined ? undefined : { cause })
}

/** Refuses an object that sets any of the named fields; `where` is the path that leads to it. */
export function refuseFields(where: string, json: object, fields: readonly string[]): void {
  for (const field of fields) {
    if (isSet((json as Record<string, unknown>)[field]))
      refuse(`${where}.${field} is not supported`)
  }
}

/** A field with its default value counts as absent, as it is on the wire. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') {
    return false
  }
  return !(Array.isArray(value) && value.length === 0)
}
