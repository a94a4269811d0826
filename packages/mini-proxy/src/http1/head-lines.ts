import { endOfValue } from '../http/field-value.ts'
import { commonNames } from './field-name.ts'

const cr = 13
const lf = 10
const colon = 58

const marksOfLine = 3

/**
 * A head, or a trailer section, and where the parts of its field lines stand. One serves for one head after the other: it
 * holds good until the next `begin`.
 */
export class HeadLines {
  /** As it was read, one character a byte. Given by whoever has the bytes, once it is known where the head ends. */
  text = ''
  #count = 0
  #base = 0
  #maxKept = 0
  /** Three numbers a line: its start and its colon in `text`, and which of the common names it has. One more start ends them. */
  #marks = new Int32Array(marksOfLine * 64)

  /** How many lines there are. */
  get count(): number {
    return this.#count
  }

  /**
   * @param base where in the bytes the text begins
   * @param maxKept of more lines than so many only the number is told
   */
  begin(base: number, maxKept: number): void {
    this.text = ''
    this.#count = 0
    this.#base = base
    this.#maxKept = maxKept
  }

  /** Reads lines from `at` to the empty line. Says where that one ends; -1: they are not whole before `limit`, or malformed. */
  scan(bytes: Uint8Array, at: number, limit: number): number {
    let next = at
    while (next < limit && bytes[next] !== cr) {
      next = this.#scanLine(bytes, next, limit)
      if (next < 0) return -1
    }
    if (next + 1 >= limit || bytes[next + 1] !== lf) return -1
    this.#marks[Math.min(this.#count, this.#maxKept) * marksOfLine] = next - this.#base
    return next + 2
  }

  startOf(line: number): number {
    return this.#marks[line * marksOfLine] ?? 0
  }

  /** Where the line ends, its line break included. */
  endOf(line: number): number {
    return this.#marks[(line + 1) * marksOfLine] ?? 0
  }

  colonOf(line: number): number {
    return this.#marks[line * marksOfLine + 1] ?? 0
  }

  /** Which of the common names; -1: none. */
  commonNameOf(line: number): number {
    return this.#marks[line * marksOfLine + 2] ?? -1
  }

  #scanLine(bytes: Uint8Array, start: number, limit: number): number {
    let at = commonNames.read(bytes, start, limit)
    if (at === start || at >= limit || bytes[at] !== colon) return -1
    if (this.#count < this.#maxKept) this.#keep(start, at)
    this.#count += 1
    at = endOfValue(bytes, at + 1, limit)
    return at + 1 < limit && bytes[at] === cr && bytes[at + 1] === lf ? at + 2 : -1
  }

  #keep(start: number, colonAt: number): void {
    const at = this.#count * marksOfLine
    if (at + marksOfLine >= this.#marks.length) this.#grow()
    const marks = this.#marks
    marks[at] = start - this.#base
    marks[at + 1] = colonAt - this.#base
    marks[at + 2] = commonNames.found
  }

  #grow(): void {
    const grown = new Int32Array(this.#marks.length * 2)
    grown.set(this.#marks)
    this.#marks = grown
  }
}
