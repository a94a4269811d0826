import type { CharSet } from './char-set.ts'
import { isLinear } from './linear-pattern.ts'
import { type LiteralRun, literalRun } from './literal-run.ts'
import { type Pattern, parsePattern } from './pattern-syntax.ts'

/** A pattern that the language's own engine may match, because it means the same there and takes linear time. */
export interface NativePattern {
  readonly groupCount: number
  /** For {@link RegExp}, with the flag `u`. */
  readonly source: string
  /** The same without an engine, for the simplest of patterns. */
  readonly run: LiteralRun | undefined
}

/** The pattern for the language's own engine, or undefined if it is not proven to be safe and to mean the same. */
export function nativePattern(text: string): NativePattern | undefined {
  const parsed = parsePattern(text)
  if (parsed === undefined || !isLinear(parsed.pattern)) return undefined
  const { pattern, groupCount } = parsed
  return { groupCount, source: `^(?:${sourceOf(pattern)})$`, run: literalRun(pattern) }
}

/** Written anew, so that nothing of RE2's notation is read by JavaScript's rules. */
function sourceOf(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'literal':
      return pattern.text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    case 'set':
      return classOf(pattern.set)
    case 'sequence':
      return pattern.parts.map((part) => grouped(part, part.kind === 'choice')).join('')
    case 'choice':
      return pattern.branches.map(sourceOf).join('|')
    case 'repeat': {
      const { body, min, max } = pattern
      const isOne = body.kind === 'set' || (body.kind === 'literal' && [...body.text].length === 1)
      return `${grouped(body, !isOne)}{${min},${max === Number.POSITIVE_INFINITY ? '' : max}}`
    }
  }
}

function grouped(pattern: Pattern, needed: boolean): string {
  return needed ? `(?:${sourceOf(pattern)})` : sourceOf(pattern)
}

function classOf(set: CharSet): string {
  const hex = (code: number): string => `\\u{${code.toString(16)}}`
  return `[${set.map(([low, high]) => `${hex(low)}-${hex(high)}`).join('')}]`
}
