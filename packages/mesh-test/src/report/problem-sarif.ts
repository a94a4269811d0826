import { type Problem, problemRules } from './problem.ts'

/** What a log says of its surroundings. */
export interface ProblemSarifOptions {
  readonly toolVersion?: string
  /** The URI of a file. Default: its path, relative to wherever the reader starts from. */
  readonly uriOf?: (file: string) => string
}

/**
 * Findings as a SARIF 2.1.0 log, with the ranges that routes have in their files; ready for `JSON.stringify`.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifOfProblems(
  problems: readonly Problem[],
  { toolVersion, uriOf = relativeUri }: ProblemSarifOptions = {},
): unknown {
  const rules = [...new Set(problems.map(({ rule }) => rule))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'meshwright',
            ...(toolVersion !== undefined && { version: toolVersion }),
            rules: rules.map((id) => ({ id, shortDescription: { text: problemRules[id] } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => resultOf(problem, uriOf)),
      },
    ],
  }
}

function relativeUri(file: string): string {
  return file.split(/[\\/]/).map(encodeURIComponent).join('/')
}

function resultOf(
  { rule, level, message, source }: Problem,
  uriOf: (file: string) => string,
): unknown {
  const base = { ruleId: rule, level, message: { text: message } }
  if (source === undefined) return { ...base, locations: [] }
  const { file, line, column, endLine, endColumn, path } = source
  return {
    ...base,
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
        logicalLocations: path === '' ? [] : [{ fullyQualifiedName: path }],
      },
    ],
  }
}
