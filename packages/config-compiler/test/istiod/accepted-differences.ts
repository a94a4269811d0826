import { readFileSync } from 'node:fs'
import type { Difference } from './difference.ts'

/** A difference that we know of and stand by. */
export interface Accepted {
  /** The recorded answers it occurs in, without `.json`. */
  readonly files: readonly string[]
  /** Where: as in a difference, `*` stands for anything within one segment. */
  readonly path: string
  readonly reason: string
}

/** The list of accepted differences, from the file beside. */
export function acceptedDifferences(): readonly Accepted[] {
  const url = new URL('./accepted-differences.json', import.meta.url)
  // The shape is checked by the test that uses every entry.
  return JSON.parse(readFileSync(url, 'utf8')) as readonly Accepted[]
}

/** Whether an entry speaks of a difference found in `file`. */
export function covers(accepted: Accepted, file: string, difference: Difference): boolean {
  return accepted.files.includes(file) && pattern(accepted.path).test(difference.path)
}

const patterns = new Map<string, RegExp>()

function pattern(path: string): RegExp {
  const known = patterns.get(path)
  if (known !== undefined) return known
  const literal = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
  const compiled = new RegExp(`^${literal}$`)
  patterns.set(path, compiled)
  return compiled
}
