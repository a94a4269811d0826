import { trimmed } from './field-value.ts'
import { intern } from './intern.ts'

/** Anything that must not, or cannot as one byte, stand in a header value. */
const unsafe = /[^\t\x20-\x7e\x80-\xff]/

const lineBreak = '\r\n'

/** Start and end of a line that is not as it was read, or was not read at all. */
const changed = -1

/**
 * Headers in wire order. Names are lower-case, values are trimmed; a name may stand more than once.
 *
 * Kept flat (name, value, name, value …) so that a codec can fill and write it without objects per header.
 */
export class HeaderList {
  /** A value that is undefined was not asked for yet: it is in the source. */
  readonly #flat: (string | undefined)[]
  readonly #source: string
  /** Start and end in the source of each line, its line break included: a pair per line of the list. Undefined: there is no source. */
  #lines: number[] | undefined
  /** Of every name that the list has ever had, the bit. */
  #bits = 0
  /**
   * Names of fields whose sender wants them in no table of HPACK on any hop (RFC 7541 7.1.3), values that could be guessed
   * from the size of what is sent. Usually there are none.
   */
  secretNames: ReadonlySet<string> | undefined

  /**
   * @param flat name, value, name, value …, already checked: each character is one byte, none a control character.
   * @param source text in which lines stand that `appendLine` tells of; what is unchanged may be written as it is there
   */
  constructor(flat: (string | undefined)[] = [], source?: string) {
    this.#flat = flat
    this.#source = source ?? ''
    this.#lines = source === undefined ? undefined : []
    for (let i = 0; i < flat.length; i += 2) this.#bits |= bitOf(flat[i] ?? '')
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
    return this.#valueAt(index * 2)
  }

  /** The values of `lowerName` joined by a comma, as Envoy's matchers see them. */
  get(lowerName: string): string | undefined {
    let found: string | undefined
    if (!this.#mayHave(lowerName)) return found
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] !== lowerName) continue
      const value = this.#valueAt(i)
      found = found === undefined ? value : `${found},${value}`
    }
    return found
  }

  /** The value of the first line of `lowerName`. */
  first(lowerName: string): string | undefined {
    const at = this.#find(lowerName)
    return at < 0 ? undefined : this.#valueAt(at)
  }

  getAll(lowerName: string): string[] {
    const values: string[] = []
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] === lowerName) values.push(this.#valueAt(i))
    }
    return values
  }

  has(lowerName: string): boolean {
    return this.#find(lowerName) >= 0
  }

  /**
   * Adds the line that stands in the source from `start` to before `end`, its line break included, and is known to be well formed.
   *
   * @param value what it says, if the caller knows it already
   */
  appendLine(lowerName: string, start: number, end: number, value?: string): void {
    this.#bits |= bitOf(lowerName)
    this.#flat.push(lowerName, value)
    this.#lines?.push(start, end)
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
    const at = this.#find(lowerName)
    if (at < 0) {
      this.#push(lowerName, value)
      return
    }
    this.#flat[at + 1] = value
    this.#markChanged(at)
    this.#removeFrom(lowerName, at + 2)
  }

  remove(lowerName: string): void {
    if (this.#mayHave(lowerName)) this.#removeFrom(lowerName, 0)
  }

  /** Removes every header whose name is in the set, in one pass. */
  removeAll(lowerNames: ReadonlySet<string>): void {
    this.#removeWhere(0, (name) => lowerNames.has(name))
  }

  /** A list of its own with the same lines. */
  clone(): HeaderList {
    const list = new HeaderList(this.#flat.slice(), this.#source)
    list.#lines = this.#lines?.slice()
    list.secretNames = this.secretNames
    return list
  }

  /**
   * The lines as HTTP/1 writes them, each after a line break, but for those whose names `omits` says yes to. What stands
   * in a row as it was read is copied as it was.
   */
  linesBut(omits: (lowerName: string) => boolean): string {
    const text = this.#source
    const lines = this.#lines ?? noLines
    let written = ''
    // The run of the source that is still to be copied.
    let start = 0
    let end = 0
    for (let i = 0; i < this.#flat.length; i += 2) {
      const name = this.#flat[i] ?? ''
      if (omits(name)) continue
      const from = lines[i] ?? changed
      if (from !== end) {
        written += rowOf(text, start, end)
        start = from
        end = from
      }
      if (from === changed) {
        written += startOf(name)
        written += this.#valueAt(i)
      } else end = lines[i + 1] ?? from
    }
    return written + rowOf(text, start, end)
  }

  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.#flat.length; i += 2) {
      yield [this.#flat[i] ?? '', this.#valueAt(i)]
    }
  }

  /** False: it has not. */
  #mayHave(lowerName: string): boolean {
    return (this.#bits & bitOf(lowerName)) !== 0
  }

  /** Where the first line of the name is in `#flat`, or -1. */
  #find(lowerName: string): number {
    if (!this.#mayHave(lowerName)) return -1
    for (let i = 0; i < this.#flat.length; i += 2) if (this.#flat[i] === lowerName) return i
    return -1
  }

  #valueAt(at: number): string {
    return this.#flat[at + 1] ?? this.#readValue(at)
  }

  #readValue(at: number): string {
    const name = this.#flat[at]
    const start = this.#lines?.[at]
    const end = this.#lines?.[at + 1]
    if (name === undefined || start === undefined || end === undefined) return ''
    const value = trimmed(this.#source, start + name.length + 1, end - 2)
    this.#flat[at + 1] = value
    return value
  }

  #push(lowerName: string, value: string): void {
    this.#bits |= bitOf(lowerName)
    this.#flat.push(lowerName, value)
    this.#lines?.push(changed, changed)
  }

  #markChanged(at: number): void {
    const lines = this.#lines
    if (lines === undefined) return
    lines[at] = changed
    lines[at + 1] = changed
  }

  #removeFrom(lowerName: string, start: number): void {
    for (let i = start; i < this.#flat.length; i += 2) {
      if (this.#flat[i] !== lowerName) continue
      this.#removeWhere(i, (name) => name === lowerName)
      return
    }
  }

  #removeWhere(start: number, goes: (name: string) => boolean): void {
    const flat = this.#flat
    const lines = this.#lines
    let kept = start
    for (let i = start; i < flat.length; i += 2) {
      if (goes(flat[i] ?? '')) continue
      flat[kept] = flat[i]
      flat[kept + 1] = flat[i + 1]
      if (lines !== undefined) {
        lines[kept] = lines[i] ?? changed
        lines[kept + 1] = lines[i + 1] ?? changed
      }
      kept += 2
    }
    flat.length = kept
    if (lines !== undefined) lines.length = kept
  }
}

/** Lines that were read, with the line break before them and without the one behind. */
function rowOf(text: string, start: number, end: number): string {
  if (start >= end) return ''
  const row = text.slice(Math.max(0, start - lineBreak.length), end - lineBreak.length)
  // Of trailers the first line is where their text begins.
  return start === 0 ? lineBreak + row : row
}

/** How lines of a name begin: of the names seen first, among which are those that the proxy itself writes. */
const starts = new Map<string, string>()
const maxStarts = 256
const maxKnownName = 64

function startOf(name: string): string {
  const known = starts.get(name)
  if (known !== undefined) return known
  const start = `${lineBreak}${name}: `
  if (starts.size === maxStarts || name.length > maxKnownName) return start
  starts.set(intern(name), intern(start))
  return start
}

const noLines: readonly number[] = []

/** One of 32 bits: most names that are not in a list have none of the bits of those that are. */
function bitOf(lowerName: string): number {
  return 1 << (lowerName.length + lowerName.charCodeAt(lowerName.length - 1))
}

function safeValue(value: string): string {
  if (!unsafe.test(value)) return value
  return Buffer.from(value, 'utf8')
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ')
}
