import type { HeaderList } from './header-list.ts'

/**
 * A fixed set of header names. To most names that are not in it, it says no at a glance: there is none of their length and their
 * first letter.
 */
export class HeaderNames {
  readonly #names: ReadonlySet<string>
  /** 1 where there is a name of that {@link glance}. */
  readonly #glances = new Uint8Array(glances)
  /** The length of the shortest. To look at a letter costs many times what a look at the length does. */
  readonly #least: number

  /** @param lowerNames in lower case */
  constructor(lowerNames: Iterable<string>) {
    this.#names = new Set(lowerNames)
    for (const name of this.#names) this.#glances[glance(name)] = 1
    this.#least = Math.min(...Array.from(this.#names, ({ length }) => length))
  }

  has(lowerName: string): boolean {
    if (lowerName.length < this.#least) return false
    return this.#glances[glance(lowerName)] === 1 && this.#names.has(lowerName)
  }

  /** Whether one of the lines of `headers` has one of the names. */
  isIn(headers: HeaderList): boolean {
    const { size } = headers
    for (let i = 0; i < size; i++) if (this.has(headers.nameAt(i))) return true
    return false
  }

  /** Takes out the lines that have one of the names. */
  removeFrom(headers: HeaderList): void {
    if (!this.isIn(headers)) return
    for (const name of this.#names) headers.remove(name)
  }
}

const glances = 256

function glance(name: string): number {
  return ((name.length << 3) ^ name.charCodeAt(0)) & (glances - 1)
}
