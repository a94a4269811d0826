import type { Diagnostic } from './diagnostic.ts'

/**
 * Diagnostics as a SARIF 2.1.0 log, as code hosts show them beside the lines; ready for
 * `JSON.stringify`.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifFromDiagnostics(
  diagnostics: readonly Diagnostic[],
  { toolVersion, uriOf = relativeUri }: SarifOptions = {},
): SarifLog {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'meshwright',
            ...(toolVersion !== undefined && { version: toolVersion }),
            rules: codes.map((id) => ({ id })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => resultFrom(diagnostic, uriOf)),
      },
    ],
  }
}

/** What the log says of its surroundings. */
export interface SarifOptions {
  /** Default: the log names no version. */
  readonly toolVersion?: string
  /** The URI of a file. Default: its path, relative to wherever the reader starts from. */
  readonly uriOf?: (file: string) => string
}

function relativeUri(file: string): string {
  return file.split(/[\\/]/).map(encodeURIComponent).join('/')
}

/** The part of a SARIF log that is written. */
export interface SarifLog {
  readonly $schema: string
  readonly version: '2.1.0'
  readonly runs: readonly SarifRun[]
}

/** One run of a tool. */
export interface SarifRun {
  readonly tool: {
    readonly driver: {
      readonly name: string
      readonly version?: string
      readonly rules: readonly { readonly id: string }[]
    }
  }
  readonly columnKind: 'utf16CodeUnits'
  readonly results: readonly SarifResult[]
}

/** One finding. */
export interface SarifResult {
  readonly ruleId: string
  readonly level: 'error' | 'warning'
  readonly message: { readonly text: string }
  readonly locations: readonly SarifLocation[]
}

/** Where a finding is. */
export interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string }
    readonly region: { readonly startLine: number; readonly startColumn: number }
  }
  readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[]
}

function resultFrom(diagnostic: Diagnostic, uriOf: (file: string) => string): SarifResult {
  const { code, severity, message, file, line, column, path } = diagnostic
  return {
    ruleId: code,
    level: severity,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
        logicalLocations: path === '' ? [] : [{ fullyQualifiedName: path }],
      },
    ],
  }
}
