/** Anything that must not, or cannot as one byte, stand in a header value. */
const unsafe = /[^\t\x20-\x7e\x80-\xff]/

/** Where header lines stand in the text that they were read from. */
export interface HeaderSource {
  readonly text: string
  /** Start and end of each line, its line break included: a pair per line of the list, in its order. */
  readonly lines: number[]
}

// Named for speed: to add them is less than a template, which has each of its parts made a string once more.
const colon = ': '
const lineBreak = '\r\n'

/** Start and end of a line that is not as it was read, or was not read at all. */
export const changed = -1

/**
 * Headers in wire order. Names are lower-case, values are trimmed; a name may stand more than once.
 *
 * Kept flat (name, value, name, value …) so that a codec can fill and write it without objects per header.
 */
export class HeaderList {
  readonly #flat: string[]
  readonly #source: HeaderSource | undefined
  /**
   * Names of fields whose sender wants them in no table of HPACK on any hop (RFC 7541 7.1.3), values that could be guessed
   * from the size of what is sent. Usually there are none.
   */
  secretNames: ReadonlySet<string> | undefined

  /**
   * @param flat name, value, name, value …, already checked: each character is one byte, none a control character.
   * @param source where they were read, if what is unchanged may be written as it was; the list keeps its `lines` up to date
   */
  constructor(flat: string[] = [], source?: HeaderSource) {
    this.#flat = flat
    this.#source = source
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
    this.#push(lowerName, safeValue(value))
  }

  /** As `append`, of a value that is known to be fit for a header: a number, a fixed word, a piece of a header. */
  appendClean(lowerName: string, value: string): void {
    this.#push(lowerName, value)
  }

  /** Replaces every value of `lowerName` by one, in the place of the first. */
  set(lowerName: string, value: string): void {
    this.setClean(lowerName, safeValue(value))
  }

  /** As `set`, of a value that is known to be fit for a header. */
  setClean(lowerName: string, value: string): void {
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] !== lowerName) continue
      this.#flat[i + 1] = value
      this.#markChanged(i)
      this.#removeFrom(lowerName, i + 2)
      return
    }
    this.#push(lowerName, value)
  }

  remove(lowerName: string): void {
    this.#removeFrom(lowerName, 0)
  }

  /** A list of its own with the same lines. */
  clone(): HeaderList {
    const source = this.#source && { ...this.#source, lines: this.#source.lines.slice() }
    const list = new HeaderList(this.#flat.slice(), source)
    list.secretNames = this.secretNames
    return list
  }

  /**
   * The lines as HTTP/1 writes them, each with its line break, but for those whose names `omits` says yes to. What stands
   * in a row as it was read is copied as it was.
   */
  linesBut(omits: (lowerName: string) => boolean): string {
    const { text, lines } = this.#source ?? noSource
    let written = ''
    // The run of the source that is still to be copied.
    let start = 0
    let end = 0
    for (let i = 0; i < this.#flat.length; i += 2) {
      const name = this.#flat[i] ?? ''
      if (omits(name)) continue
      const from = lines[i] ?? changed
      if (from !== end) {
        written += text.slice(start, end)
        start = from
        end = from
      }
      if (from === changed) written += name + colon + (this.#flat[i + 1] ?? '') + lineBreak
      else end = lines[i + 1] ?? from
    }
    return written + text.slice(start, end)
  }

  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.#flat.length; i += 2) {
      yield [this.#flat[i] ?? '', this.#flat[i + 1] ?? '']
    }
  }

  #push(lowerName: string, value: string): void {
    this.#flat.push(lowerName, value)
    this.#source?.lines.push(changed, changed)
  }

  #markChanged(at: number): void {
    const lines = this.#source?.lines
    if (lines === undefined) return
    lines[at] = changed
    lines[at + 1] = changed
  }

  #removeFrom(lowerName: string, start: number): void {
    let kept = start
    while (kept < this.#flat.length && this.#flat[kept] !== lowerName) kept += 2
    if (kept >= this.#flat.length) return
    const lines = this.#source?.lines
    for (let i = kept; i < this.#flat.length; i += 2) {
      if (this.#flat[i] === lowerName) continue
      this.#flat[kept] = this.#flat[i] ?? ''
      this.#flat[kept + 1] = this.#flat[i + 1] ?? ''
      if (lines !== undefined) {
        lines[kept] = lines[i] ?? changed
        lines[kept + 1] = lines[i + 1] ?? changed
      }
      kept += 2
    }
    this.#flat.length = kept
    if (lines !== undefined) lines.length = kept
  }
}

const noSource: Readonly<HeaderSource> = { text: '', lines: [] }

function safeValue(value: string): string {
  if (!unsafe.test(value)) return value
  return Buffer.from(value, 'utf8')
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ')
}
