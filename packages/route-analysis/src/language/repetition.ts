import { PatternFault } from './pattern-fault.ts'
import type { PatternReader } from './pattern-reader.ts'

/** How often something may come. `max` may be Infinity. */
export interface Repetition {
  readonly min: number
  readonly max: number
}

/** How often RE2 lets a count repeat something. */
export const mostTimes = 1000

/** Reads a repetition, lazy or not, if one comes next. @throws {PatternFault} if RE2 refuses its numbers. */
export function readRepetition(reader: PatternReader): Repetition | undefined {
  const repetition = simple(reader) ?? counted(reader)
  if (repetition !== undefined) reader.skip('?')
  return repetition
}

function simple(reader: PatternReader): Repetition | undefined {
  if (reader.skip('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
  if (reader.skip('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
  return reader.skip('?') ? { min: 0, max: 1 } : undefined
}

/** What only looks like a count, as in `{,3}`, is text. */
function counted(reader: PatternReader): Repetition | undefined {
  if (reader.peek() !== '{') return undefined
  const found = reader.match(/^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/, 64)
  if (found === undefined) return undefined
  const min = Number(found[1])
  const open = found[2] === undefined ? min : Number.POSITIVE_INFINITY
  const max = found[3] === undefined ? open : Number(found[3])
  if (min > mostTimes || (max > mostTimes && found[3] !== undefined) || max < min) {
    throw new PatternFault(`a repetition ${found[0]}, more than ${mostTimes} or backwards`)
  }
  return { min, max }
}
