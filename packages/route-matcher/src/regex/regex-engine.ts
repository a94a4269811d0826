import type { LiteralRun } from './literal-run.ts'

/** A compiled pattern. */
export interface Regex {
  /** Whether the whole text matches. */
  matches(text: string): boolean
  /** Replaces every match; in `substitution`, `\0` is the match, `\1` to `\9` are groups and `\\` is a backslash. */
  replaceAll(text: string, substitution: string): string
  /** Set if the pattern is a text and a run of characters of one set up to the end: who knows the text to be there need not ask. */
  readonly run?: LiteralRun | undefined
  /** Groups in the pattern, the whole match not counted. */
  readonly groupCount: number
}

/**
 * Compiles patterns of RE2's syntax.
 *
 * A replacement for the one built in must be linear in the length of the text: patterns come from a configuration, texts from anybody.
 */
export interface RegexEngine {
  /** @throws any error, if the pattern is not RE2 syntax. Its message is shown. */
  compile(pattern: string): Regex
}
