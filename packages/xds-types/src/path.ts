import { XdsTypesError, type XdsTypesErrorCode } from './errors.ts'

/** Deepest nesting that is followed, in bytes and in JSON: what protobuf's own libraries allow. */
export const maxDepth = 100

/** Where a walk through a message stands. It grows and shrinks with the walk and is read on a fault. */
export class Path {
  readonly #segments: (string | number)[] = []
  #depth = 0

  /** Steps into a field, by its name in the `.proto` file. */
  field(name: string): void {
    this.#segments.push(name)
  }

  /** Steps to one element of a list. */
  index(position: number): void {
    this.#segments.push(position)
  }

  /** Steps to one entry of a map. */
  key(name: string): void {
    this.#segments.push(`[${JSON.stringify(name)}]`)
  }

  /** Steps back from the last field, element or entry. */
  leave(): void {
    this.#segments.pop()
  }

  /** Opens a nested message; {@link close} ends it. */
  open(): void {
    this.#depth += 1
    if (this.#depth > maxDepth) {
      throw this.error('ERR_XDS_TYPES_LIMIT', `must not nest deeper than ${maxDepth} messages`)
    }
  }

  /** Ends the message that {@link open} began. */
  close(): void {
    this.#depth -= 1
  }

  /** The error for a fault at this place. */
  error(code: XdsTypesErrorCode, message: string): XdsTypesError {
    return new XdsTypesError(code, { path: this.toString(), message })
  }

  toString(): string {
    let text = ''
    for (const segment of this.#segments) {
      if (typeof segment === 'number') text += `[${segment}]`
      else text += segment.startsWith('[') || text === '' ? segment : `.${segment}`
    }
    return text
  }
}
