import { cells } from '../language/cells.ts'
import { exact, type Language } from '../language/language.ts'

/** Whether a language has a text; undefined if that is not known. */
export function accepts(language: Language, text: string): boolean | undefined {
  const result = cells([language], exact(text))
  if ('unknown' in result) return undefined
  return result.cells[0]?.holds.length === 1
}
