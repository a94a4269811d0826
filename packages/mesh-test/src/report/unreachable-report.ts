import { type AnalysisOptions, analyzeRoutes, type RouteFinding } from '@meshwright/route-analysis'
import type { Mesh } from '../mesh.ts'
import type { RouteSet } from '../route-set.ts'
import { type RouteSource, sourceText } from '../route-source.ts'
import { droppedRoutes } from './dropped-routes.ts'
import type { Problem } from './problem.ts'
import { routeLabel, sourceOf } from './route-label.ts'
import { viewAssumptions } from './view-assumptions.ts'

/** What is proven of the routes of a mesh. */
export interface MeshAnalysis {
  /** Routes of virtual services that stand behind one that takes every request, which is why no proxy is told of them. */
  readonly dropped: readonly RouteSource[]
  /** In the order of the configuration; one that is written once and compiled often is there once per compilation. */
  readonly findings: readonly MeshFinding[]
  readonly assumptions: readonly string[]
}

/** What is proven of one route. */
export interface MeshFinding {
  readonly set: RouteSet
  readonly finding: RouteFinding
  /** Undefined: nobody wrote it, as a service's default. */
  readonly source: RouteSource | undefined
}

/** Analyses every route configuration of a mesh. */
export function analyzeMesh(mesh: Mesh, options: AnalysisOptions = {}): MeshAnalysis {
  const analyses = mesh.routeConfigurations.map((set) => ({
    set,
    analysis: analyzeRoutes(set.configuration, options),
  }))
  return {
    findings: analyses.flatMap(({ set, analysis }) =>
      analysis.routes.map((finding) => ({ set, finding, source: sourceOf(set, finding.ref) })),
    ),
    dropped: droppedRoutes(mesh),
    assumptions: [
      ...new Set([
        ...viewAssumptions(mesh),
        ...analyses.flatMap(({ analysis }) => analysis.assumptions),
      ]),
    ],
  }
}

/**
 * The routes that no request takes. A route that is written once and stands in several virtual hosts or route configurations
 * is one of them only if no request takes it in any; routes that nobody wrote are left out where others are written.
 */
export function unreachableProblems(analysis: MeshAnalysis): readonly Problem[] {
  const { findings, dropped } = analysis
  const known = new Set(findings.flatMap(({ source }) => (source ? [placeOf(source)] : [])))
  const behind = dropped.filter((source) => !known.has(placeOf(source)))
  return [
    ...compiledProblems(findings),
    ...behind.map(
      (source): Problem => ({
        rule: 'unreachable-route',
        level: 'warning',
        message: `no request takes this route of ${source.resource?.name}: it stands behind a route without conditions`,
        source,
      }),
    ),
  ]
}

function placeOf(source: RouteSource): string {
  return `${sourceText(source)} ${source.path}`
}

function compiledProblems(findings: readonly MeshFinding[]): readonly Problem[] {
  const isWritten = findings.some(({ source }) => source !== undefined)
  const groups = Map.groupBy(
    findings.filter(({ source }) => source !== undefined || !isWritten),
    ({ set, finding: { ref }, source }) =>
      source === undefined ? `${set.name} ${ref.virtualHostIndex} ${ref.route}` : placeOf(source),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined || first.finding.status !== 'unreachable') return []
    if (group.some(({ finding }) => finding.status !== 'unreachable')) return []
    const { set, finding, source } = first
    const covering = finding.coveredBy.map((ref) => routeLabel(set, ref))
    const by = covering.length === 0 ? '' : `; taken before by ${covering.join(', ')}`
    const what = source === undefined ? routeLabel(set, finding.ref) : nameOf(finding)
    const message = `no request takes ${what}: ${finding.reason}${by}`
    return [{ rule: 'unreachable-route', level: 'warning', message, source }]
  })
}

function nameOf({ ref: { name, virtualHost } }: RouteFinding): string {
  return `${name === '' ? 'this route' : `route ${name}`} of ${virtualHost}`
}

/** The routes of which it is not known whether any request takes them, one line each. */
export function undecidedRoutes({ findings }: MeshAnalysis): readonly string[] {
  return findings.flatMap(({ set, finding }) =>
    finding.status === 'unknown' ? [`${routeLabel(set, finding.ref)}: ${finding.reason}`] : [],
  )
}
