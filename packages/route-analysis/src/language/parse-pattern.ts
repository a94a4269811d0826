import { anyCharacter } from './character-classes.ts'
import type { CodePointSet } from './code-points.ts'
import { foldCase } from './fold-case.ts'
import { parseClass, parsePerlClass } from './parse-class.ts'
import { parseEscape } from './parse-escape.ts'
import { PatternFault } from './pattern-fault.ts'
import { applyFlags, type PatternFlags, readGroupHead } from './pattern-flags.ts'
import { type Assertion, choice, type PatternNode, sequence } from './pattern-node.ts'
import { PatternReader } from './pattern-reader.ts'
import { mostTimes, readRepetition } from './repetition.ts'

/**
 * Parses a pattern of RE2's syntax as Envoy compiles it: Perl classes, Unicode by code points, `.` without the newline.
 *
 * @throws {PatternFault} for what RE2 refuses, and for what the algebra lacks: classes of Unicode (`\pL`), `\C`, and `(?i)` on
 * characters beyond ASCII.
 */
export function parsePattern(pattern: string): PatternNode {
  const reader = new PatternReader(pattern)
  const node = new PatternParser(reader).parse(noFlags, 0)
  if (!reader.done) throw new PatternFault(') without (')
  if (!repeatsWithin(node, mostTimes)) {
    throw new PatternFault(`a repetition in a repetition, more than ${mostTimes} in all,`)
  }
  return node
}

/** RE2 refuses counts that multiply to more than a thousand. */
function repeatsWithin(node: PatternNode, most: number): boolean {
  if (node.kind === 'sequence' || node.kind === 'choice') {
    return node.of.every((part) => repeatsWithin(part, most))
  }
  if (node.kind !== 'repeat') return true
  const times = node.max === Number.POSITIVE_INFINITY ? node.min : node.max
  return times <= most && repeatsWithin(node.of, Math.floor(most / Math.max(times, 1)))
}

const noFlags: PatternFlags = { ignoreCase: false, multiLine: false, dotAll: false }
const mostGroups = 1000

class PatternParser {
  readonly #reader: PatternReader

  constructor(reader: PatternReader) {
    this.#reader = reader
  }

  /** Alternatives up to the end of the group. Flags set between last to its end. */
  parse(outer: PatternFlags, depth: number): PatternNode {
    if (depth > mostGroups) throw new PatternFault(`groups deeper than ${mostGroups}`)
    let flags = outer
    const alternatives: PatternNode[] = []
    let parts: PatternNode[] = []
    while (!this.#reader.done && this.#reader.peek() !== ')') {
      if (this.#reader.skip('|')) {
        alternatives.push(sequence(parts))
        parts = []
        continue
      }
      const set = this.#flagsOnly(flags)
      if (set !== undefined) flags = set
      else parts.push(this.#repeated(this.#atom(flags, depth)))
    }
    alternatives.push(sequence(parts))
    return choice(alternatives)
  }

  /** `(?i)` and its like, which hold to the end of the group around. */
  #flagsOnly(flags: PatternFlags): PatternFlags | undefined {
    if (this.#reader.peek() !== '(') return undefined
    const found = this.#reader.match(/^\(\?([imsU]*(?:-[imsU]+)?)\)/, 16)
    if (found === undefined) return undefined
    if (readRepetition(this.#reader) !== undefined) throw new PatternFault('nothing to repeat')
    return applyFlags(flags, found[1] ?? '')
  }

  #repeated(node: PatternNode): PatternNode {
    const repetition = readRepetition(this.#reader)
    if (repetition === undefined) return node
    if (readRepetition(this.#reader) !== undefined) {
      throw new PatternFault('a repetition of a repetition')
    }
    return { kind: 'repeat', of: node, ...repetition }
  }

  #atom(flags: PatternFlags, depth: number): PatternNode {
    const reader = this.#reader
    const at = assertionOf(reader.peek(), flags)
    if (at !== undefined) {
      reader.take()
      return { kind: 'assertion', at }
    }
    if (readRepetition(reader) !== undefined) throw new PatternFault('nothing to repeat')
    if (reader.skip('(')) {
      const node = this.parse(readGroupHead(reader, flags), depth + 1)
      if (!reader.skip(')')) throw new PatternFault('( without )')
      return node
    }
    if (reader.skip('[')) return { kind: 'set', set: parseClass(reader, flags.ignoreCase) }
    if (reader.skip('.')) return { kind: 'set', set: anyCharacter(flags.dotAll) }
    if (reader.skip('\\')) return this.#escape(flags)
    return character(reader.take().codePointAt(0) ?? 0, flags)
  }

  #escape(flags: PatternFlags): PatternNode {
    const reader = this.#reader
    const at = escapedAssertions.get(reader.peek())
    if (at !== undefined) {
      reader.take()
      return { kind: 'assertion', at }
    }
    if (reader.skip('Q')) return this.#quoted(flags)
    const set = parsePerlClass(reader, flags.ignoreCase)
    return set === undefined ? character(parseEscape(reader), flags) : { kind: 'set', set }
  }

  #unrepeated(): PatternNode {
    if (readRepetition(this.#reader) !== undefined) throw new PatternFault('nothing to repeat')
    return sequence([])
  }

  /** A repetition after `\E` is one of the last character, as in RE2. */
  #quoted(flags: PatternFlags): PatternNode {
    const points = [...this.#reader.takeUntil('\\E')].map((text) => text.codePointAt(0) ?? 0)
    const parts = points.map((point) => character(point, flags))
    const last = parts.pop()
    // What a repetition would then belong to is told by no rule.
    if (last === undefined) return this.#unrepeated()
    return sequence([...parts, this.#repeated(last)])
  }
}

const escapedAssertions: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ['A', 'text-start'],
  ['z', 'text-end'],
  ['b', 'word-boundary'],
  ['B', 'no-word-boundary'],
])

function assertionOf(character: string, flags: PatternFlags): Assertion | undefined {
  if (character === '^') return flags.multiLine ? 'line-start' : 'text-start'
  if (character === '$') return flags.multiLine ? 'line-end' : 'text-end'
  return undefined
}

function character(codePoint: number, flags: PatternFlags): PatternNode {
  const set: CodePointSet = [[codePoint, codePoint]]
  return { kind: 'set', set: flags.ignoreCase ? foldCase(set) : set }
}
