import { XdsTypesError, type XdsTypesErrorCode } from './errors.ts'
import type { Path } from './path.ts'

/**
 * What is wrong with bytes that are no message. Where, is told on the way out: reading that succeeds
 * spends nothing on it.
 */
export class WireFault extends Error {
  override readonly name: string = 'WireFault'
  readonly code: XdsTypesErrorCode
  /** Steps to the fault, the innermost first. */
  readonly #steps: ((path: Path) => void)[] = []

  constructor(message: string, code: XdsTypesErrorCode = 'ERR_XDS_TYPES_WIRE') {
    super(message)
    this.code = code
  }

  /** Says that it happened in a field, or in an element or entry of one. */
  within(step: (path: Path) => void): void {
    this.#steps.push(step)
  }

  /** The error that callers see. */
  located(path: Path): XdsTypesError {
    for (const step of this.#steps.toReversed()) step(path)
    const { message, code } = this
    return new XdsTypesError(code, { path: path.toString(), message, cause: this })
  }
}
