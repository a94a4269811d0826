import type { CodePointSet } from './code-points.ts'
import type { PatternNode } from './pattern-node.ts'

/** Every set of characters in a pattern. */
export function* setsOf(pattern: PatternNode): Generator<CodePointSet> {
  if (pattern.kind === 'set') yield pattern.set
  else if (pattern.kind === 'repeat') yield* setsOf(pattern.of)
  else if (pattern.kind === 'sequence' || pattern.kind === 'choice') {
    for (const part of pattern.of) yield* setsOf(part)
  }
}

/** Whether a pattern asks what stands beside a place: an anchor or a word boundary. */
export function hasAssertion(pattern: PatternNode): boolean {
  switch (pattern.kind) {
    case 'assertion':
      return true
    case 'repeat':
      return hasAssertion(pattern.of)
    case 'sequence':
    case 'choice':
      return pattern.of.some(hasAssertion)
    default:
      return false
  }
}
