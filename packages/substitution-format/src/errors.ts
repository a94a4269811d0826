/** One thing that is wrong with a format. */
export interface FormatFault {
  /** Key path of a JSON format, for example `request.id`; empty for a text. */
  readonly path: string
  /** Index of the character in the text, from 0. */
  readonly position: number
  readonly message: string
}

/** Thrown by `compileFormat`; names every fault. */
export class FormatError extends Error {
  override readonly name: string = 'FormatError'
  readonly code = 'ERR_SUBSTITUTION_FORMAT_INVALID'
  readonly faults: readonly FormatFault[]

  constructor(faults: readonly FormatFault[]) {
    const lines = faults.map(
      ({ path, position, message }) =>
        `${path === '' ? '' : `${path}, `}character ${position}: ${message}`,
    )
    super(`format is not valid: ${lines.join('; ')} [ERR_SUBSTITUTION_FORMAT_INVALID]`)
    this.faults = faults
  }
}
