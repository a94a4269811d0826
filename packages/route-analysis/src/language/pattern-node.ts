import type { CodePointSet } from './code-points.ts'

/** A parsed regular expression. Groups are gone: what they capture changes no language. */
export type PatternNode =
  | { readonly kind: 'empty' }
  /** One character of a set. */
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence'; readonly of: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly of: readonly PatternNode[] }
  /** `max` may be Infinity. */
  | {
      readonly kind: 'repeat'
      readonly of: PatternNode
      readonly min: number
      readonly max: number
    }
  | { readonly kind: 'assertion'; readonly at: Assertion }

/** A place between two characters. */
export type Assertion =
  | 'text-start'
  | 'text-end'
  | 'line-start'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary'

/** The pattern of one text. */
export function textPattern(text: string): PatternNode {
  return sequence([...text].map((character) => setOf(character.codePointAt(0) ?? 0)))
}

/** One after the other. */
export function sequence(parts: readonly PatternNode[]): PatternNode {
  const of = parts.flatMap((part) => {
    if (part.kind === 'empty') return []
    return part.kind === 'sequence' ? part.of : [part]
  })
  const [only] = of
  if (only === undefined) return { kind: 'empty' }
  return of.length === 1 ? only : { kind: 'sequence', of }
}

/** One or the other. */
export function choice(of: readonly PatternNode[]): PatternNode {
  const [only] = of
  if (only === undefined) return { kind: 'set', set: [] }
  return of.length === 1 ? only : { kind: 'choice', of }
}

function setOf(codePoint: number): PatternNode {
  return { kind: 'set', set: [[codePoint, codePoint]] }
}
