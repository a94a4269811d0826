import type { CharSet } from './char-set.ts'
import type { Pattern } from './pattern-syntax.ts'

/** A text, and after it up to the end characters of one set: what most patterns of routes come down to. */
export interface LiteralRun {
  readonly literal: string
  /** By ASCII code. */
  readonly ascii: readonly boolean[]
  readonly min: number
  readonly max: number
}

/** The pattern as a text and a run of characters; undefined if it is more than that. */
export function literalRun(pattern: Pattern): LiteralRun | undefined {
  const parts = pattern.kind === 'sequence' ? pattern.parts : [pattern]
  const [first, second] = parts.length === 1 ? [undefined, parts[0]] : parts
  if (parts.length > 2 || (first !== undefined && first.kind !== 'literal')) return undefined
  if (second?.kind !== 'repeat' || second.body.kind !== 'set') return undefined
  const { body, min, max } = second
  return { literal: first?.text ?? '', ascii: asciiTable(body.set), min, max }
}

/** Whether the whole text is such a run; undefined if it is not ASCII where that would matter. */
export function isRun({ literal, ascii, min, max }: LiteralRun, text: string): boolean | undefined {
  const start = literal.length
  const { length } = text
  // As `startsWith`, in half the time.
  if (text.lastIndexOf(literal, 0) !== 0) return false
  for (let at = start; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code >= asciiSize) return undefined
    if (ascii[code] !== true) return false
  }
  return length - start >= min && length - start <= max
}

/**
 * As {@link isRun}, of a path that may have a query or fragment after it, and whose characters up to `from` are known to be the
 * literal.
 */
export function isRunOfPath(
  { ascii, min, max }: LiteralRun,
  path: string,
  from: number,
): boolean | undefined {
  let at = from
  for (; at < path.length; at++) {
    const code = path.charCodeAt(at)
    if (code === questionMark || code === hash) break
    if (code >= asciiSize) return undefined
    if (ascii[code] !== true) return false
  }
  return at - from >= min && at - from <= max
}

const questionMark = 0x3f
const hash = 0x23
const asciiSize = 128
/** Tables that patterns share: most use the same few sets. */
const fewTables = 64
const tables = new Map<string, readonly boolean[]>()

function asciiTable(set: CharSet): readonly boolean[] {
  const key = set.join(';')
  const known = tables.get(key)
  if (known !== undefined) return known
  const table = Array.from({ length: asciiSize }, (_, code) =>
    set.some(([low, high]) => code >= low && code <= high),
  )
  if (tables.size < fewTables) tables.set(key, table)
  return table
}
