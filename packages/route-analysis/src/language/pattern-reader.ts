import { PatternFault } from './pattern-fault.ts'

/** Reads a pattern, one character at a time. */
export class PatternReader {
  readonly #characters: readonly string[]
  #at = 0

  constructor(pattern: string) {
    this.#characters = [...pattern]
  }

  get done(): boolean {
    return this.#at >= this.#characters.length
  }

  /** The character `ahead` of the next one; empty at the end. */
  peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? ''
  }

  /** The next character. @throws {PatternFault} at the end. */
  take(): string {
    if (this.done) throw new PatternFault('the pattern ends too early')
    return this.#characters[this.#at++] ?? ''
  }

  /** Takes a text if it is what comes next. */
  skip(text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.peek(index) !== text[index]) return false
    }
    this.#at += text.length
    return true
  }

  /** Takes what a sticky expression fits at this place. `most` bounds how far it may look. */
  match(expression: RegExp, most: number): RegExpExecArray | undefined {
    const found = expression.exec(this.#characters.slice(this.#at, this.#at + most).join(''))
    if (found === null) return undefined
    this.#at += [...found[0]].length
    return found
  }

  /** What is left up to a text, which is taken too; all that is left if it is not there. */
  takeUntil(text: string): string {
    let taken = ''
    while (!this.done && !this.skip(text)) taken += this.take()
    return taken
  }
}
