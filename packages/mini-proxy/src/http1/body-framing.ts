import type { HeaderList } from '../http/header-list.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { fault, type Http1Fault } from './http1-fault.ts'

/**
 * How long a body is: a number of bytes, in chunks, until the connection ends, or (`interim`) that the head was a 1xx
 * and another one follows.
 */
export type BodyFraming = number | 'chunked' | 'until-close' | 'interim'

/** The framing fields of one head, gathered while its lines are read. */
export class FramingFields {
  #lengths = 0
  #length = ''
  #encodings = 0
  #encoding = ''

  addLength(value: string): void {
    this.#lengths += 1
    this.#length = value
  }

  addEncoding(value: string): void {
    this.#encodings += 1
    this.#encoding = value
  }

  get present(): boolean {
    return this.#lengths + this.#encodings > 0
  }

  /** Undefined: neither field is there. Whatever two readers could read differently is a fault. */
  resolve(version: '1.0' | '1.1'): number | 'chunked' | Http1Fault | undefined {
    if (this.#encodings > 0) return this.#chunked(version)
    if (this.#lengths === 0) return undefined
    if (this.#lengths > 1) return fault('more than one content-length')
    return parseLength(this.#length)
  }

  #chunked(version: '1.0' | '1.1'): 'chunked' | Http1Fault {
    if (this.#lengths > 0) return fault('content-length beside transfer-encoding')
    if (version === '1.0') return fault('transfer-encoding in HTTP/1.0')
    if (this.#encodings > 1) return fault('more than one transfer-encoding')
    if (this.#encoding.toLowerCase() !== 'chunked') return fault('unknown transfer-encoding', 501)
    return 'chunked'
  }
}

/** What a head that is to be written says of the length of its body; undefined: nothing that could be kept to. */
export function declaredLength(headers: HeaderList): number | undefined {
  const text = headers.get('content-length')
  return text === undefined ? undefined : wholeNumber(text, maxDigits - 1)
}

/** Of the largest number that is exact. */
const maxDigits = 16

/** Digits only, exactly representable. */
function parseLength(value: string): number | Http1Fault {
  const length = wholeNumber(value, maxDigits)
  if (length === undefined) return fault('malformed content-length')
  return Number.isSafeInteger(length) ? length : fault('content-length too large')
}
