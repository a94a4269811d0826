import { type PatternNode, sequence } from './pattern-node.ts'

/** Code points that whatever a pattern matches begins with, and the pattern of what comes after. */
export interface SplitPattern {
  readonly literal: readonly number[]
  readonly rest: PatternNode
}

/** Takes from a pattern the text it begins with, as far as that is told in a row. */
export function splitLiteral(pattern: PatternNode): SplitPattern {
  if (pattern.kind === 'set') {
    const point = pointOf(pattern)
    return point === undefined
      ? { literal: [], rest: pattern }
      : { literal: [point], rest: sequence([]) }
  }
  if (pattern.kind !== 'sequence') return { literal: [], rest: pattern }
  const literal: number[] = []
  for (const part of pattern.of) {
    const point = pointOf(part)
    if (point === undefined) break
    literal.push(point)
  }
  return { literal, rest: sequence(pattern.of.slice(literal.length)) }
}

function pointOf(pattern: PatternNode): number | undefined {
  if (pattern.kind !== 'set' || pattern.set.length !== 1) return undefined
  const [range] = pattern.set
  return range !== undefined && range[0] === range[1] ? range[0] : undefined
}
