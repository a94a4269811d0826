import { compileFormat, type FormatContext } from '@meshwright/substitution-format'

/** A JSON template whose leaves hold `%…%` operators. */
export type JsonTemplate = Extract<Parameters<typeof compileFormat>[0], object>

/** `envoy.config.core.v3.SubstitutionFormatString` in proto3 JSON. */
export interface SubstitutionFormatJson {
  readonly textFormat?: string
  readonly textFormatSource?: { readonly inlineString?: string }
  readonly jsonFormat?: JsonTemplate
  readonly omitEmptyValues?: boolean
  readonly contentType?: string
  readonly formatters?: readonly unknown[]
}

/**
 * Compiles it.
 *
 * @param absent the text to format if it holds none
 * @throws {Error} if it uses extensions, or an operator that is not known
 */
export function compileSubstitutionFormat(
  json: SubstitutionFormatJson,
  absent: string,
): (context: FormatContext) => string {
  if ((json.formatters?.length ?? 0) > 0) throw new Error('formatters are not supported')
  const text = json.textFormat ?? json.textFormatSource?.inlineString
  const format = compileFormat(json.jsonFormat ?? (text || absent), {
    omitEmptyValues: json.omitEmptyValues === true,
  })
  return (context) => format.format(context)
}
