export {
  type CoverageItem,
  type CoverageKind,
  type CoverageReport,
  type CoverageShare,
  mergeCoverage,
} from './coverage/coverage-report.ts'
export { type Coverage, type CoverageOptions, createCoverage } from './coverage/create-coverage.ts'
export { lcovOf, type PositionOf, type SourcePosition } from './coverage/lcov-of.ts'
export type { RouteRef } from './route-ref.ts'
