import type { Diagnostic } from '@meshwright/mesh-config'
import { version } from '../version.ts'

/**
 * Diagnostics in the Static Analysis Results Interchange Format 2.1.0, which code hosts show beside the lines concerned.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifOf(diagnostics: readonly Diagnostic[]): object {
  const rules = [...new Set(diagnostics.map(({ code }) => code))].sort().map((id) => ({ id }))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'meshwright',
            version,
            informationUri: 'https://github.com/meshwright/meshwright',
            rules,
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map(resultOf),
      },
    ],
  }
}

function resultOf({ code, severity, message, file, line, column, path, suggestion }: Diagnostic) {
  const hint = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`
  return {
    ruleId: code,
    level: severity,
    message: {
      text: `${path === '' ? '' : `${path}: `}${message}${message.includes(suggestion ?? '\0') ? '' : hint}`,
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: {
            uri: file.split('\\').join('/').split('/').map(encodeURIComponent).join('/'),
          },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  }
}
