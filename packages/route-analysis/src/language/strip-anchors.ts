import { type Assertion, choice, type PatternNode, sequence } from './pattern-node.ts'

/** Takes away anchors at both ends, which say nothing where the whole text has to match. */
export function stripAnchors(pattern: PatternNode): PatternNode {
  return strip(strip(pattern, 'start'), 'end')
}

function strip(pattern: PatternNode, end: 'start' | 'end'): PatternNode {
  if (pattern.kind === 'choice') return choice(pattern.of.map((part) => strip(part, end)))
  if (pattern.kind === 'assertion') return isAnchor(pattern.at, end) ? sequence([]) : pattern
  if (pattern.kind !== 'sequence') return pattern
  const parts = [...pattern.of]
  const outermost = end === 'start' ? parts.shift() : parts.pop()
  if (outermost === undefined) return pattern
  const stripped = strip(outermost, end)
  if (stripped.kind === 'empty') return strip(sequence(parts), end)
  return sequence(end === 'start' ? [stripped, ...parts] : [...parts, stripped])
}

function isAnchor(at: Assertion, end: 'start' | 'end'): boolean {
  return at === `text-${end}` || at === `line-${end}`
}
