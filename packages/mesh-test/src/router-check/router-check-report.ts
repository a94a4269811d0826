import type { RouterCheckResult } from './check-router.ts'
import { matchText } from './match-text.ts'
import type { MissedRoute } from './route-coverage.ts'

/** What Envoy's router check tool is asked to print. */
export interface RouterCheckReportOptions {
  /** The name of every test. */
  readonly details?: boolean
  /** Failed tests only, and those even without `details`. */
  readonly onlyShowFailures?: boolean
  /** Coverage of every field, and the matches of the routes that no test looked at. */
  readonly coverAll?: boolean
  /** The names of the routes that no test looked at. */
  readonly detailedCoverage?: boolean
  /** Percent. 0: no coverage is asked for. */
  readonly failUnder?: number
}

/** What a check prints, line by line, and whether it is one that passes. */
export interface RouterCheckReport {
  readonly ok: boolean
  readonly lines: readonly ReportLine[]
}

export interface ReportLine {
  readonly to: 'stdout' | 'stderr'
  readonly text: string
}

/**
 * The output of Envoy's router check tool: its lines, in its order, to the stream that it takes for each. Coverage is
 * told, and asked for, only if every test passed. A route without a unique name is told by its place.
 */
export function routerCheckReport(
  result: RouterCheckResult,
  options: RouterCheckReportOptions = {},
): RouterCheckReport {
  const lines = testLines(result, options)
  if (result.failed > 0) return { ok: false, lines }
  const { failUnder = 0 } = options
  const short = failUnder !== 0 && result.coverage < failUnder
  return {
    ok: !short,
    lines: [
      ...lines,
      ...missedLines(result.missed, options),
      { to: 'stdout', text: `Current route coverage: ${sixDigits(result.coverage)}%` },
      ...(short
        ? [
            {
              to: 'stderr' as const,
              text: `Failed to meet coverage requirement: ${sixDigits(failUnder)}%`,
            },
          ]
        : []),
    ],
  }
}

function testLines(
  { cases }: RouterCheckResult,
  { details = false, onlyShowFailures = false }: RouterCheckReportOptions,
): readonly ReportLine[] {
  if (!details && !onlyShowFailures) return []
  return cases.flatMap(({ name, failures }): readonly ReportLine[] => {
    if (failures.length === 0) return onlyShowFailures ? [] : [{ to: 'stdout', text: name }]
    return [name, ...failures.map(({ line }) => line)].map((text) => ({ to: 'stderr', text }))
  })
}

function missedLines(
  missed: readonly MissedRoute[],
  { coverAll = false, detailedCoverage = false }: RouterCheckReportOptions,
): readonly ReportLine[] {
  if (!coverAll && !detailedCoverage) return []
  return missed.map((route) => {
    const what = coverAll
      ? `route: ${matchText(route.route.match ?? {})}`
      : `route name: ${route.name}-virtual_hosts[${route.virtualHostIndex}].routes[${route.routeIndex}]`
    return { to: 'stdout', text: `Missing test for host: ${route.virtualHost}, ${what}` }
  })
}

/** As C++ prints a double. */
function sixDigits(value: number): string {
  return String(Number(value.toPrecision(6)))
}
