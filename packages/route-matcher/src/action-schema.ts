import type { Schema } from './field-rule.ts'

/** The messages of what routes do that stand in typed configs, or are used by few. */
export const actionSchemas: Readonly<Record<string, Schema>> = {
  SubstitutionFormat: {
    textFormat: 'string',
    jsonFormat: 'map',
    textFormatSource: 'DataSource',
    omitEmptyValues: 'boolean',
    contentType: 'string',
    formatters: 'refuse',
    jsonFormatOptions: 'JsonFormatOptions',
  },
  JsonFormatOptions: { sortProperties: 'boolean' },
  UriTemplateRewriteConfig: { pathTemplateRewrite: 'string' },
}
