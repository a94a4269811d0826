import { isAbsolute, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
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

function resultOf({ code, severity, message, file, line, column, path }: Diagnostic) {
  return {
    ruleId: code,
    level: severity,
    message: { text: path === '' ? message : `${path}: ${message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  }
}

// A relative path stays relative: code hosts take it from the root of the repository.
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.split(sep).map(encodeURIComponent).join('/')
}
