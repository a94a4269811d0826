import type { FormatFault } from './errors.ts'

/** A piece of a format text. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'operator'
      readonly name: string
      /** What stands in brackets; undefined if there are none. */
      readonly argument: string | undefined
      /** Characters at most. */
      readonly maxLength: number | undefined
      readonly position: number
    }

/** Splits a format text into literal text and `%NAME(argument):length%` operators; `%%` is a percent sign. */
export function parseTemplate(
  text: string,
  path: string,
  faults: FormatFault[],
): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  for (const found of text.matchAll(token)) {
    const [whole, name, argument, length] = found
    if (name !== undefined) {
      const maxLength = length === undefined ? undefined : Number(length)
      parts.push({ kind: 'operator', name, argument, maxLength, position: found.index })
    } else if (whole === '%') {
      const message = 'expected %NAME(argument):length%, got a % that starts none'
      faults.push({ path, position: found.index, message })
    } else addText(parts, whole === '%%' ? '%' : whole)
  }
  return parts
}

/**
 * `%%`, an operator, text, or a percent sign that is none of these. An argument may hold percent signs (a time format does)
 * and brackets, but no closing bracket that could end the operator.
 */
const token = /%%|%([A-Z][A-Z0-9_]*)(?:\(((?:[^)]|\)(?!:\d+%|%))*)\))?(?::(\d{1,9}))?%|[^%]+|%/g

function addText(parts: TemplatePart[], text: string): void {
  const last = parts.at(-1)
  if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + text }
  else parts.push({ kind: 'text', text })
}
