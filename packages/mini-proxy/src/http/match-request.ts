import type { Request } from '@meshwright/route-matcher'
import type { RequestHead } from './stream.ts'

/** A request head as matchers ask for it. */
export class MatchRequest implements Request {
  readonly #head: RequestHead

  constructor(head: RequestHead) {
    this.#head = head
  }

  get authority(): string {
    return this.#head.authority
  }

  get path(): string {
    return this.#head.path
  }

  get method(): string {
    return this.#head.method
  }

  get scheme(): string {
    return this.#head.scheme
  }

  header(lowerName: string): string | undefined {
    return this.#head.headers.get(lowerName)
  }

  headerValues(lowerName: string): readonly string[] {
    return this.#head.headers.getAll(lowerName)
  }
}
