import type { FormatContext } from './context.ts'

/** What an operator yields; numbers stay numbers in JSON, undefined is a missing value. */
export type Value = unknown

/** Reads one value of a request. */
export type Read = (context: FormatContext) => Value
