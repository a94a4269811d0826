export type { AnalysisOptions } from './analysis-options.ts'
export {
  type CoverageItem,
  type CoverageKind,
  type CoverageReport,
  type CoverageShare,
  mergeCoverage,
} from './coverage/coverage-report.ts'
export { type Coverage, type CoverageOptions, createCoverage } from './coverage/create-coverage.ts'
export { lcovOf, type PositionOf, type SourcePosition } from './coverage/lcov-of.ts'
export type { Answer, Outcome, OutcomeShare } from './outcome.ts'
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
