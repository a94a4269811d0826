import { compileRoutes, type RouteConfigurationJson } from '@meshwright/route-matcher'
import type { CaseResult, SuiteResult } from '../suite-result.ts'
import { checkAssertions, type RouterCheckFailure } from './check-assertions.ts'
import { compileHeaderMatches } from './header-match.ts'
import { redirectRewrites } from './redirect-rewrites.ts'
import { type MissedRoute, RouteCoverage } from './route-coverage.ts'
import { routeTest } from './routed-test.ts'
import type { RouterTest, RouterTestFile } from './router-test.ts'
import { withTestableFractions } from './testable-fractions.ts'

/** Options of {@link checkRouter}. */
export interface CheckRouterOptions {
  /** Coverage of every field that could be compared, and not of one field per route. Default: false. */
  readonly allFields?: boolean
}

/** What a router check came to. */
export interface RouterCheckResult extends SuiteResult {
  /** Percent; may be over 100 where `require_tls` redirects count on top. */
  readonly coverage: number
  readonly cases: readonly RouterCheckCase[]
  /** The routes that no test looked at. */
  readonly missed: readonly MissedRoute[]
}

/** One test of a router check. */
export interface RouterCheckCase extends CaseResult {
  readonly failures: readonly RouterCheckFailure[]
}

/**
 * Runs the tests of a router check file against a configuration, with the verdicts of Envoy's router check tool.
 *
 * @throws {RouteConfigError} from `@meshwright/route-matcher`, if the configuration has faults.
 * @throws {MeshTestError} if a header matcher of a test has.
 */
export function checkRouter(
  configuration: RouteConfigurationJson,
  { tests }: RouterTestFile,
  { allFields = false }: CheckRouterOptions = {},
): RouterCheckResult {
  const { configuration: testable, fractionKeys } = withTestableFractions(configuration)
  const table = compileRoutes(testable)
  const rewritten = redirectRewrites(testable)
  const predicates = compileHeaderMatches(tests.flatMap(matchesOf))[Symbol.iterator]()
  const coverage = new RouteCoverage(testable)
  const cases = tests.map((test): RouterCheckCase => {
    const withPredicate = (match: RouterTest['validate']['requestHeaderMatches'][number]) =>
      [match, predicates.next().value ?? (() => false)] as const
    const headers = {
      request: test.validate.requestHeaderMatches.map(withPredicate),
      response: test.validate.responseHeaderMatches.map(withPredicate),
    }
    const routed = routeTest(test.input, { table, rewritten, fractionKeys })
    const { failures, covered } = checkAssertions(test.validate, routed, headers)
    if (routed.match !== undefined) coverage.add(routed.match, covered)
    return { name: test.name, ok: failures.length === 0, failures }
  })
  const passed = cases.filter(({ ok }) => ok).length
  return {
    passed,
    failed: cases.length - passed,
    coverage: coverage.percent(allFields),
    cases,
    missed: coverage.missed(),
  }
}

function matchesOf({ validate }: RouterTest): RouterTest['validate']['requestHeaderMatches'] {
  return [...validate.requestHeaderMatches, ...validate.responseHeaderMatches]
}
