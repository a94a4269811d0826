import type { Language, LiteralLanguage } from './language.ts'
import { matchesPattern } from './matches-pattern.ts'

/** Whether a text is in a language. Linear in the text. */
export function accepts(language: Language, text: string): boolean {
  switch (language.kind) {
    case 'regular':
      return matchesPattern(language.pattern, text)
    case 'union':
      return language.of.some((part) => accepts(part, text))
    case 'intersection':
      return language.of.every((part) => accepts(part, text))
    case 'complement':
      return !accepts(language.of, text)
    default:
      return acceptsLiteral(language, text)
  }
}

function acceptsLiteral(language: LiteralLanguage, text: string): boolean {
  const seen = language.ignoreCase ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text
  switch (language.kind) {
    case 'exact':
      return seen === language.text
    case 'prefix':
      return seen.startsWith(language.text)
    case 'suffix':
      return seen.endsWith(language.text)
    case 'contains':
      return seen.includes(language.text)
    case 'separated-prefix':
      return seen === language.text || seen.startsWith(`${language.text}/`)
  }
}
