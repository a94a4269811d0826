import { type CharSet, charSet, complement } from './char-set.ts'

/** A pattern taken apart. */
export type Pattern =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly branches: readonly Pattern[] }
  | {
      readonly kind: 'repeat'
      readonly body: Pattern
      readonly min: number
      readonly max: number
    }

/** A pattern taken apart, with the number of its groups. */
export interface ParsedPattern {
  readonly pattern: Pattern
  readonly groupCount: number
}

/**
 * Reads the plain part of RE2's syntax, for matches of a whole text; undefined for all that is not plain, whether RE2 has it or
 * not: flags, named groups, POSIX and Unicode classes, assertions inside, empty branches, doubled repetitions.
 */
export function parsePattern(text: string): ParsedPattern | undefined {
  return text.length > longestPattern ? undefined : new PatternReader(text).read()
}

const longestPattern = 1000
const plain = /[\w/\-~%:;=,@!&' ]+/y
/** RE2 refuses more than 1000; there is no need to go near it. */
const mostRepeats = 50

class PatternReader {
  /** By code point; of a text where those are its characters, the text itself. */
  readonly #chars: string | readonly string[]
  #at = 0
  #depth = 0
  #groups = 0

  constructor(text: string) {
    this.#chars = /[\ud800-\udfff]/.test(text) ? [...text] : text
  }

  read(): ParsedPattern | undefined {
    const pattern = this.#choice()
    if (pattern === undefined || this.#at < this.#chars.length) return undefined
    return { pattern, groupCount: this.#groups }
  }

  #peek(ahead = 0): string {
    return this.#chars[this.#at + ahead] ?? ''
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false
    this.#at++
    return true
  }

  #choice(): Pattern | undefined {
    const branches: Pattern[] = []
    do {
      const branch = this.#sequence()
      if (branch === undefined) return undefined
      branches.push(branch)
    } while (this.#take('|'))
    const [only] = branches
    return branches.length === 1 ? only : { kind: 'choice', branches }
  }

  #sequence(): Pattern | undefined {
    const parts: Pattern[] = []
    // The whole text has to match, so that these say nothing new at the outer ends, and nowhere else are they plain.
    if (this.#depth === 0) this.#take('^')
    while (!this.#atEnd()) {
      const part = this.#plainRun() ?? this.#repeated()
      if (part === undefined) return undefined
      append(parts, part)
    }
    if (this.#depth === 0) this.#take('$')
    const ended = this.#at >= this.#chars.length || this.#peek() === '|' || this.#depth > 0
    if (parts.length === 0 || !ended) return undefined
    const [only] = parts
    return parts.length === 1 ? only : { kind: 'sequence', parts }
  }

  #atEnd(): boolean {
    const char = this.#peek()
    return char === '' || char === '|' || char === ')' || char === '$'
  }

  /** Characters that mean themselves, all at once: the greatest part of most patterns. */
  #plainRun(): Pattern | undefined {
    if (typeof this.#chars !== 'string') return undefined
    plain.lastIndex = this.#at
    const run = plain.exec(this.#chars)?.[0] ?? ''
    // What is repeated is the last of them alone.
    const length = /[*+?{]/.test(this.#peek(run.length)) ? run.length - 1 : run.length
    if (length < 1) return undefined
    this.#at += length
    return { kind: 'literal', text: run.slice(0, length) }
  }

  #repeated(): Pattern | undefined {
    const body = this.#atom()
    if (body === undefined) return undefined
    const counts = this.#counts()
    if (counts === undefined) return this.#peek() === '{' ? undefined : body
    // Lazy or greedy: the same texts match as a whole.
    this.#take('?')
    if (/[*+?{]/.test(this.#peek())) return undefined
    const [min, max] = counts
    const finite = max === Number.POSITIVE_INFINITY ? min : max
    if (max === 0 || max < min || finite > mostRepeats) return undefined
    return { kind: 'repeat', body, min, max }
  }

  #counts(): readonly [min: number, max: number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#take('?')) return [0, 1]
    if (this.#peek() !== '{') return undefined
    const end = this.#chars.indexOf('}', this.#at)
    const found = /^\{(\d{1,3})(?:(,)(\d{0,3}))?\}$/.exec(this.#textTo(end + 1))
    if (end === -1 || found === null) return undefined
    this.#at = end + 1
    const [, min, comma, max] = found
    if (comma === undefined) return [Number(min), Number(min)]
    return [Number(min), max === '' ? Number.POSITIVE_INFINITY : Number(max)]
  }

  #textTo(end: number): string {
    const part = this.#chars.slice(this.#at, end)
    return typeof part === 'string' ? part : part.join('')
  }

  #atom(): Pattern | undefined {
    const char = this.#peek()
    if (char === '(') return this.#group()
    if (char === '[') return this.#class()
    if (char === '\\') return this.#escape()
    if (/[*+?{}\]^]/.test(char) || isLoneSurrogate(char)) return undefined
    this.#at++
    if (char === '.') return { kind: 'set', set: notNewline }
    return { kind: 'literal', text: char }
  }

  #group(): Pattern | undefined {
    this.#at++
    if (this.#take('?')) {
      if (!this.#take(':')) return undefined
    } else this.#groups++
    this.#depth++
    const inner = this.#choice()
    this.#depth--
    return inner !== undefined && this.#take(')') ? inner : undefined
  }

  #escape(): Pattern | undefined {
    const set = escapedSets[this.#peek(1)]
    if (set !== undefined) {
      this.#at += 2
      return { kind: 'set', set }
    }
    const text = this.#escapedChar()
    return text === undefined ? undefined : { kind: 'literal', text }
  }

  #escapedChar(): string | undefined {
    const char = this.#peek(1)
    const text = /^[!-/:-@[-^`{-~]$/.test(char) ? char : escapedControls[char]
    if (text !== undefined) this.#at += 2
    return text
  }

  #class(): Pattern | undefined {
    this.#at++
    const negated = this.#take('^')
    const ranges: (readonly [number, number])[] = []
    let first = true
    while (first || this.#peek() !== ']') {
      const item = this.#classItem(first)
      if (item === undefined) return undefined
      ranges.push(...item)
      first = false
    }
    this.#at++
    const set = charSet(ranges)
    return { kind: 'set', set: negated ? complement(set) : set }
  }

  #classItem(first: boolean): CharSet | undefined {
    const set = this.#peek() === '\\' ? escapedSets[this.#peek(1)] : undefined
    if (set !== undefined) {
      this.#at += 2
      return this.#peek() === '-' && this.#peek(1) !== ']' ? undefined : set
    }
    if (this.#peek() === '-') return this.#hyphen(first)
    return this.#classRange()
  }

  /** Plain only at the ends of a class. */
  #hyphen(first: boolean): CharSet | undefined {
    if (!first && this.#peek(1) !== ']') return undefined
    this.#at++
    return this.#peek() === '-' ? undefined : [[hyphen, hyphen]]
  }

  #classRange(): CharSet | undefined {
    const low = this.#classChar()
    if (low === undefined) return undefined
    if (this.#peek() !== '-' || this.#peek(1) === ']') return [[low, low]]
    this.#at++
    const high = this.#classChar()
    if (high === undefined || high < low || this.#peek() === '-') return undefined
    return [[low, high]]
  }

  #classChar(): number | undefined {
    const char = this.#peek()
    if (char === '\\') return this.#escapedChar()?.codePointAt(0)
    if (char === '' || char === '[' || char === ']' || isLoneSurrogate(char)) return undefined
    this.#at++
    return char.codePointAt(0)
  }
}

/** Literals next to each other become one. */
function append(parts: Pattern[], part: Pattern): void {
  const before = parts.at(-1)
  if (part.kind === 'literal' && before?.kind === 'literal') {
    parts[parts.length - 1] = { kind: 'literal', text: before.text + part.text }
  } else parts.push(part)
}

function isLoneSurrogate(char: string): boolean {
  return /^[\ud800-\udfff]$/.test(char)
}

function ranges(...texts: readonly string[]): CharSet {
  return charSet(texts.map((it) => [it.charCodeAt(0), it.charCodeAt(it.length - 1)]))
}

const hyphen = 0x2d
const digits = ranges('09')
const word = ranges('09', 'AZ', '_', 'az')
// RE2's white space, without the vertical tab, and not JavaScript's.
const space = ranges('\t\n', '\f\r', ' ')
const notNewline = complement(ranges('\n'))

const escapedSets: Readonly<Record<string, CharSet>> = {
  d: digits,
  D: complement(digits),
  w: word,
  W: complement(word),
  s: space,
  S: complement(space),
}

const escapedControls: Readonly<Record<string, string>> = { f: '\f', n: '\n', r: '\r', t: '\t' }
