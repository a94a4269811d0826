import { type RouteSource, sourceText } from '../route-source.ts'
import { type SuiteResult, suiteResult } from '../suite-result.ts'

/** What the kinds of findings mean, by the names that machines see. */
export const problemRules = {
  'unreachable-route': 'No request takes this route.',
  'changed-requests': 'Requests are answered otherwise than before.',
  'undecided-requests': 'It is not known whether requests are answered otherwise than before.',
  'moved-requests': 'Requests of the log would go elsewhere.',
  'surviving-mutant': 'A fault put into the configuration went unnoticed by the tests.',
} as const

/** One finding about routes, in every format. */
export interface Problem {
  readonly rule: keyof typeof problemRules
  readonly level: 'error' | 'warning' | 'note'
  /** One sentence or more, for people. */
  readonly message: string
  /** Where it is written; undefined if nobody wrote it. */
  readonly source: RouteSource | undefined
}

/** `mesh/reviews.yaml:12:5: warning: …`, one line each. */
export function problemsText(problems: readonly Problem[]): string {
  return problems
    .map(({ level, message, source }) => {
      const place = source === undefined ? '' : `${sourceText(source)}: `
      return `${place}${level}: ${message}\n`
    })
    .join('')
}

/** Findings as failed cases of a suite, for JUnit; without any, one case that passed. */
export function problemsSuite(problems: readonly Problem[], passed: string): SuiteResult {
  if (problems.length === 0) return suiteResult([{ name: passed, ok: true, failures: [] }])
  return suiteResult(
    problems.map(({ rule, message, source }) => ({
      name: `${rule} ${source === undefined ? '' : sourceText(source)}`.trim(),
      ok: false,
      failures: [{ field: rule, expected: 'none', actual: message }],
    })),
  )
}
