export type { AnalysisOptions } from './analysis-options.ts'
export { analyzeRoutes } from './analyze-routes.ts'
export {
  type CoverageItem,
  type CoverageKind,
  type CoverageReport,
  type CoverageShare,
  mergeCoverage,
} from './coverage/coverage-report.ts'
export { type Coverage, type CoverageOptions, createCoverage } from './coverage/create-coverage.ts'
export { lcovOf, type PositionOf, type SourcePosition } from './coverage/lcov-of.ts'
export { diffRoutes } from './diff-routes.ts'
export { RouteAnalysisError } from './errors.ts'
export { findRequests } from './find-requests.ts'
export type { Mutant, MutantKind } from './mutation/mutant.ts'
export { mutantsOf } from './mutation/mutants-of.ts'
export {
  type MutationOptions,
  type MutationReport,
  mutationReport,
  mutationTest,
  type SurvivingMutant,
} from './mutation/mutation-test.ts'
export type { Outcome, OutcomeShare } from './outcome.ts'
export { overlapOf } from './overlap-of.ts'
export type { JsonLogFields } from './replay/json-log.ts'
export type { LoggedRequest, UnreadableLine } from './replay/logged-request.ts'
export {
  type AccessLogOptions,
  accessLogReader,
  type ReadLogLine,
  readAccessLog,
} from './replay/read-access-log.ts'
export {
  createReplay,
  type Replay,
  type ReplayClass,
  type ReplayOptions,
  type ReplayReport,
  replay,
} from './replay/replay.ts'
export type { ReplayVerdict } from './replay/verdict.ts'
export type { Overlap, RequestAnswer, RequestQuery, RequestRegion } from './request-query.ts'
export type {
  ReachableRoute,
  RouteAnalysis,
  RouteFinding,
  Shadow,
  UndecidedRoute,
  UnreachableRoute,
  VirtualHostFinding,
} from './route-analysis.ts'
export type { DiffClass, RouteDiff, UnknownClass } from './route-diff.ts'
export type { RouteRef } from './route-ref.ts'
export type { Witness } from './witness.ts'
