import type { FormatContext } from './context.ts'

/** A compiled format. Formatting neither throws nor keeps anything. */
export interface Format {
  /** A line of a JSON format ends with a newline, as Envoy's do; a text has what its template has. */
  format(context: FormatContext): string
}

/** A JSON template: its leaves are texts with `%…%` operators, or constants. */
export interface JsonFormat {
  readonly [key: string]: JsonFormatValue
}

export type JsonFormatValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonFormatValue[]
  | { readonly [key: string]: JsonFormatValue }

export interface FormatOptions {
  /** In text print nothing, in JSON leave the key out, where a value is missing. Default: false. */
  readonly omitEmptyValues?: boolean
}
