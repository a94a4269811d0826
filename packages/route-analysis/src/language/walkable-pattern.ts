import type { CodePointSet } from './code-points.ts'
import type { Language, LiteralLanguage } from './language.ts'
import { choice, type PatternNode, sequence, textPattern } from './pattern-node.ts'
import { hasAssertion } from './pattern-sets.ts'

/** A pattern of a language for a machine to walk in, if one is easily had: not of complements, intersections and assertions. */
export function walkablePattern(language: Language): PatternNode | undefined {
  switch (language.kind) {
    case 'regular':
      return hasAssertion(language.pattern) ? undefined : language.pattern
    case 'union': {
      const parts = language.of.map(walkablePattern).filter((part) => part !== undefined)
      return parts.length === language.of.length ? choice(parts) : undefined
    }
    case 'intersection':
    case 'complement':
      return undefined
    default:
      return literalPattern(language)
  }
}

/** Surrogates are no characters. */
const everyCharacter: CodePointSet = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
]

/** Every string. */
export const everyString: PatternNode = {
  kind: 'repeat',
  of: { kind: 'set', set: everyCharacter },
  min: 0,
  max: Number.POSITIVE_INFINITY,
}

function literalPattern(language: LiteralLanguage): PatternNode | undefined {
  if (language.ignoreCase || !language.text.isWellFormed()) return undefined
  const text = textPattern(language.text)
  switch (language.kind) {
    case 'exact':
      return text
    case 'prefix':
      return sequence([text, everyString])
    case 'suffix':
      return sequence([everyString, text])
    case 'contains':
      return sequence([everyString, text, everyString])
    case 'separated-prefix':
      return choice([text, sequence([text, textPattern('/'), everyString])])
  }
}
