export type { FormatContext, TlsContext, WireBytes } from './context.ts'
export { FormatError, type FormatFault } from './errors.ts'
export type { Format, FormatOptions, JsonFormat, JsonFormatValue } from './format.ts'
