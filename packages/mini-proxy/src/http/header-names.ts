import type { HeaderList } from './header-list.ts'

/** A fixed set of header names. To most names that are not in it, it says no at a glance: there is none of their length. */
export class HeaderNames {
  readonly #names: ReadonlySet<string>
  /** 1 where there is a name of that length; lengths beyond 63 begin anew. */
  readonly #lengths = new Uint8Array(64)

  /** @param lowerNames in lower case */
  constructor(lowerNames: Iterable<string>) {
    this.#names = new Set(lowerNames)
    for (const { length } of this.#names) this.#lengths[length & 63] = 1
  }

  has(lowerName: string): boolean {
    return this.#lengths[lowerName.length & 63] === 1 && this.#names.has(lowerName)
  }

  /** Whether one of the lines of `headers` has one of the names. */
  isIn(headers: HeaderList): boolean {
    for (let i = 0; i < headers.size; i++) if (this.has(headers.nameAt(i))) return true
    return false
  }

  /** Takes out the lines that have one of the names. */
  removeFrom(headers: HeaderList): void {
    if (!this.isIn(headers)) return
    for (const name of this.#names) headers.remove(name)
  }
}
