import { PatternFault } from './pattern-fault.ts'
import type { PatternReader } from './pattern-reader.ts'

/** What `(?ims)` sets. `U` is read and has no effect: which match is preferred changes no language. */
export interface PatternFlags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
}

/** Sets flags from text such as `i` or `s-i`. */
export function applyFlags(flags: PatternFlags, text: string): PatternFlags {
  const [on = '', off = ''] = text.split('-')
  const value = (flag: string, before: boolean): boolean =>
    off.includes(flag) ? false : on.includes(flag) || before
  return {
    ignoreCase: value('i', flags.ignoreCase),
    multiLine: value('m', flags.multiLine),
    dotAll: value('s', flags.dotAll),
  }
}

/** Reads what may come after the bracket of a group, a name or flags, and gives the flags inside. */
export function readGroupHead(reader: PatternReader, flags: PatternFlags): PatternFlags {
  if (reader.peek() !== '?') return flags
  if (reader.match(/^\?P?<\w+>/, 256) !== undefined) return flags
  const found = reader.match(/^\?([imsU]*(?:-[imsU]+)?):/, 16)
  if (found === undefined) throw new PatternFault('a group of a kind that RE2 has not')
  return applyFlags(flags, found[1] ?? '')
}
