import type { PatternNode } from './pattern-node.ts'

/** Why a question has no answer: a construct outside the algebra, or a budget that was used up. */
export interface Unknown {
  readonly unknown: string
}

/**
 * A set of strings, described and not listed.
 *
 * `key` is equal for two languages that were made alike; languages of different keys may still be the same set.
 */
export type Language = LiteralLanguage | RegularLanguage | FormulaLanguage

/** A language that is told by one text. In `text`, letters are lower-case ASCII if case is ignored. */
export interface LiteralLanguage {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'separated-prefix'
  readonly key: string
  readonly text: string
  readonly ignoreCase: boolean
}

/** A language that is told by a regular expression, which the whole string has to match. */
export interface RegularLanguage {
  readonly kind: 'regular'
  readonly key: string
  readonly pattern: PatternNode
}

/** A combination of languages. */
export type FormulaLanguage =
  | {
      readonly kind: 'union' | 'intersection'
      readonly key: string
      readonly of: readonly Language[]
    }
  | { readonly kind: 'complement'; readonly key: string; readonly of: Language }

/** How a literal is compared. */
export interface LiteralOptions {
  /** Whether A to Z and a to z are the same; other letters always differ. Default: false. */
  readonly ignoreCase?: boolean
}

/** The one string `text`. */
export function exact(text: string, options: LiteralOptions = {}): Language {
  return literal('exact', text, options)
}

/** Every string that begins with `text`. */
export function prefix(text: string, options: LiteralOptions = {}): Language {
  return literal('prefix', text, options)
}

/** Every string that ends with `text`. */
export function suffix(text: string, options: LiteralOptions = {}): Language {
  return literal('suffix', text, options)
}

/** Every string in which `text` occurs. */
export function contains(text: string, options: LiteralOptions = {}): Language {
  return literal('contains', text, options)
}

/** `text` itself, and every string that goes on with a slash after it. */
export function separatedPrefix(text: string, options: LiteralOptions = {}): Language {
  return literal('separated-prefix', text, options)
}

/** What is in at least one of the languages; of none: nothing. */
export function union(...of: readonly Language[]): Language {
  return combination('union', of)
}

/** What is in all of the languages; of none: every string. */
export function intersection(...of: readonly Language[]): Language {
  return combination('intersection', of)
}

/** Every string that is not in the language. */
export function complement(of: Language): Language {
  if (of.kind === 'complement') return of.of
  return {
    kind: 'complement',
    of,
    get key() {
      return `not(${of.key})`
    },
  }
}

/** Every string. */
export const everything: Language = prefix('')

/** No string. */
export const nothing: Language = union()

function literal(kind: LiteralLanguage['kind'], text: string, options: LiteralOptions): Language {
  const ignoreCase = options.ignoreCase === true && /[A-Za-z]/.test(text)
  const compared = ignoreCase ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text
  const key = `${kind}${ignoreCase ? '-i' : ''}${JSON.stringify(compared)}`
  return { kind, key, text: compared, ignoreCase }
}

function combination(kind: 'union' | 'intersection', of: readonly Language[]): Language {
  const [only] = of
  if (only !== undefined && of.length === 1) return only
  return {
    kind,
    of,
    get key() {
      return `${kind}(${of.map((part) => part.key).join()})`
    },
  }
}
