/** Anything that must not, or cannot as one byte, stand in a header value. */
const unsafe = /[^\t\x20-\x7e\x80-\xff]/

/**
 * Headers in wire order. Names are lower-case, values are trimmed; a name may stand more than once.
 *
 * Kept flat (name, value, name, value …) so that a codec can fill and write it without objects per header.
 */
export class HeaderList {
  readonly #flat: string[]
  /**
   * Names of fields whose sender wants them in no table of HPACK on any hop (RFC 7541 7.1.3), values that could be guessed
   * from the size of what is sent. Usually there are none.
   */
  secretNames: ReadonlySet<string> | undefined

  /** @param flat name, value, name, value …, already checked: each character is one byte, none a control character. */
  constructor(flat: string[] = []) {
    this.#flat = flat
  }

  /** Headers of a plain object; for tests and local replies. */
  static of(entries: Readonly<Record<string, string | readonly string[]>>): HeaderList {
    const list = new HeaderList()
    for (const [name, value] of Object.entries(entries)) {
      for (const one of typeof value === 'string' ? [value] : value) {
        list.append(name.toLowerCase(), one)
      }
    }
    return list
  }

  /** How many header lines there are. */
  get size(): number {
    return this.#flat.length / 2
  }

  /** Name of the line at `index`, from 0 to below `size`. */
  nameAt(index: number): string {
    return this.#flat[index * 2] ?? ''
  }

  valueAt(index: number): string {
    return this.#flat[index * 2 + 1] ?? ''
  }

  /** The values of `lowerName` joined by a comma, as Envoy's matchers see them. */
  get(lowerName: string): string | undefined {
    let found: string | undefined
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] !== lowerName) continue
      const value = this.#flat[i + 1] ?? ''
      found = found === undefined ? value : `${found},${value}`
    }
    return found
  }

  /** The value of the first line of `lowerName`. */
  first(lowerName: string): string | undefined {
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] === lowerName) return this.#flat[i + 1]
    }
    return undefined
  }

  getAll(lowerName: string): string[] {
    const values: string[] = []
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] === lowerName) values.push(this.#flat[i + 1] ?? '')
    }
    return values
  }

  has(lowerName: string): boolean {
    for (let i = 0; i < this.#flat.length; i += 2) if (this.#flat[i] === lowerName) return true
    return false
  }

  /** Control characters become spaces, and characters beyond a byte their UTF-8 bytes: a value never ends its line. */
  append(lowerName: string, value: string): void {
    this.#flat.push(lowerName, safeValue(value))
  }

  /** Replaces every value of `lowerName` by one, in the place of the first. */
  set(lowerName: string, value: string): void {
    this.setClean(lowerName, safeValue(value))
  }

  /** As `set`, of a value that is known to be fit for a header: a number, a fixed word, a piece of a header. */
  setClean(lowerName: string, value: string): void {
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] !== lowerName) continue
      this.#flat[i + 1] = value
      this.#removeFrom(lowerName, i + 2)
      return
    }
    this.#flat.push(lowerName, value)
  }

  remove(lowerName: string): void {
    this.#removeFrom(lowerName, 0)
  }

  /** Removes every header whose name is in the set, in one pass. */
  removeAll(lowerNames: ReadonlySet<string>): void {
    for (let i = 0; i < this.#flat.length; ) {
      const name = this.#flat[i] ?? ''
      if (lowerNames.has(name)) this.#removeFrom(name, i)
      else i += 2
    }
  }

  /** A list of its own with the same lines. */
  clone(): HeaderList {
    const list = new HeaderList(this.#flat.slice())
    list.secretNames = this.secretNames
    return list
  }

  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.#flat.length; i += 2) {
      yield [this.#flat[i] ?? '', this.#flat[i + 1] ?? '']
    }
  }

  #removeFrom(lowerName: string, start: number): void {
    let kept = start
    while (kept < this.#flat.length && this.#flat[kept] !== lowerName) kept += 2
    if (kept >= this.#flat.length) return
    for (let i = kept; i < this.#flat.length; i += 2) {
      if (this.#flat[i] === lowerName) continue
      this.#flat[kept] = this.#flat[i] ?? ''
      this.#flat[kept + 1] = this.#flat[i + 1] ?? ''
      kept += 2
    }
    this.#flat.length = kept
  }
}

function safeValue(value: string): string {
  if (!unsafe.test(value)) return value
  return Buffer.from(value, 'utf8')
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ')
}
