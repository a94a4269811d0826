export type { ClusterTarget } from './cluster-name.ts'
export { MeshTestError, type MeshTestErrorCode } from './errors.ts'
export type { Fault } from './fault.ts'
export type { HeaderEffects } from './header-effects.ts'
export { type LoadOptions, loadMesh } from './load-mesh.ts'
export type { RouteToOptions } from './matchers/destination.ts'
export type { DurationLike, ExpectedFault } from './matchers/resilience.ts'
export type { HeaderOptions } from './matchers/rewrite.ts'
export { type RouteMatchers, routeMatchers } from './matchers/route-matchers.ts'
export type { Verdict } from './matchers/verdict.ts'
export {
  createMesh,
  type Mesh,
  type MeshOptions,
  type MeshRequestOptions,
  type MeshRouteRef,
} from './mesh.ts'
export type { CoveredRoute, MeshCoverage, UnseenDetail } from './mesh-coverage.ts'
export type { ForwardedOutcome, Mirror, Outcome, Share, UnroutedOutcome } from './outcome.ts'
export type { ProxySelection } from './proxy-selection.ts'
export { diffMarkdown, diffText } from './report/diff-report.ts'
export { junitOf } from './report/junit.ts'
export {
  type ChangeText,
  changeText,
  type DiffMeshesOptions,
  diffMeshes,
  diffProblems,
  type MeshChange,
  type MeshDiff,
  type MeshUnknown,
} from './report/mesh-diff.ts'
export { answerText, type MeshAnswer, type MeshRegion, queryMesh } from './report/mesh-query.ts'
export { mutationSummary, survivorProblems } from './report/mutation-text.ts'
export { type Problem, type problemRules, problemsSuite, problemsText } from './report/problem.ts'
export { type ProblemSarifOptions, sarifOfProblems } from './report/problem-sarif.ts'
export { replayText } from './report/replay-text.ts'
export { routedText } from './report/routed-text.ts'
export { sendSuite } from './report/send-suite.ts'
export {
  analyzeMesh,
  type MeshAnalysis,
  type MeshFinding,
  undecidedRoutes,
  unreachableProblems,
} from './report/unreachable-report.ts'
export { witnessText } from './report/witness-text.ts'
export { hasWrittenRoutes, writtenMutants } from './report/written-mutants.ts'
export type { RouteListener, RouteSet } from './route-set.ts'
export { type RouteSource, sourceText } from './route-source.ts'
export type { RoutedRequest } from './routed-request.ts'
export type { CoveredField, RouterCheckFailure } from './router-check/check-assertions.ts'
export {
  type CheckRouterOptions,
  checkRouter,
  type RouterCheckCase,
  type RouterCheckResult,
} from './router-check/check-router.ts'
export { type DeprecatedField, deprecatedFields } from './router-check/deprecated-fields.ts'
export {
  type ReadRouteConfigurationOptions,
  readRouteConfiguration,
} from './router-check/read-route-configuration.ts'
export { readRouterTests } from './router-check/read-router-tests.ts'
export { type ResultMessageOptions, resultMessage } from './router-check/result-message.ts'
export type { MissedRoute } from './router-check/route-coverage.ts'
export {
  type ReportLine,
  type RouterCheckReport,
  type RouterCheckReportOptions,
  routerCheckReport,
} from './router-check/router-check-report.ts'
export type {
  HeaderMatch,
  HeaderPair,
  RouteMetadataAssertion,
  RouterTest,
  RouterTestAssertion,
  RouterTestFile,
  RouterTestInput,
} from './router-check/router-test.ts'
export type { RequestOptions, SentRequest } from './sent-request.ts'
export { type CaseFailure, type CaseResult, type SuiteResult, suiteResult } from './suite-result.ts'
export {
  readValidatorTests,
  type ValidatorField,
  type ValidatorRequest,
  type ValidatorTest,
} from './validator/read-validator-tests.ts'
export { runValidatorTests } from './validator/run-validator-tests.ts'
