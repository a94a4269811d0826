/** Every code this package throws with. */
export type RateLimitErrorCode =
  | 'ERR_RATE_LIMIT_OPTION'
  | 'ERR_RATE_LIMIT_COST'
  | 'ERR_RATE_LIMIT_NOT_HELD'

/** A caller's mistake: an option, a cost or a release that makes no sense. A refusal is an answer and never thrown. */
export class RateLimitError extends Error {
  override readonly name: string = 'RateLimitError'
  readonly code: RateLimitErrorCode

  constructor(code: RateLimitErrorCode, what: string, sides: { expected: string; got: unknown }) {
    super(`${what}: expected ${sides.expected}, got ${shown(sides.got)} [${code}]`)
    this.code = code
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
