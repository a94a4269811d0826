import {
  type AnalysisOptions,
  findRequests,
  type RequestQuery,
  type RequestRegion,
} from '@meshwright/route-analysis'
import type { Mesh } from '../mesh.ts'
import type { RouteSet } from '../route-set.ts'
import { outcomeText } from './outcome-text.ts'
import { routeLabel } from './route-label.ts'
import { viewAssumptions } from './view-assumptions.ts'
import { witnessText } from './witness-text.ts'

/** Which requests to a mesh fit a query. */
export interface MeshAnswer {
  /** `none`: no request fits, proven. `some`: {@link regions} has one at least. */
  readonly verdict: 'none' | 'some' | 'unknown'
  readonly regions: readonly MeshRegion[]
  /** Why something is not known. */
  readonly unknown: readonly string[]
  /** What the proofs rest on, each a sentence. */
  readonly assumptions: readonly string[]
}

/** Requests that fit and go to one route. */
export interface MeshRegion {
  readonly set: RouteSet
  readonly region: RequestRegion
}

/** Asks every route configuration of a mesh. */
export function queryMesh(
  mesh: Mesh,
  query: RequestQuery,
  options: AnalysisOptions = {},
): MeshAnswer {
  const answers = mesh.routeConfigurations.map((set) => ({
    set,
    answer: findRequests(set.configuration, query, options),
  }))
  const verdicts = new Set(answers.map(({ answer }) => answer.verdict))
  const unsure = verdicts.has('unknown') ? 'unknown' : 'none'
  return {
    verdict: verdicts.has('some') ? 'some' : unsure,
    regions: answers.flatMap(({ set, answer }) =>
      answer.regions.map((region) => ({ set, region })),
    ),
    unknown: answers.flatMap(({ answer }) => answer.unknown),
    assumptions: [
      ...new Set([
        ...viewAssumptions(mesh),
        ...answers.flatMap(({ answer }) => answer.assumptions),
      ]),
    ],
  }
}

/** An answer as plain text: for each route that such requests go to, which ones, and the shortest of them. */
export function answerText({ verdict, regions, unknown, assumptions }: MeshAnswer): string {
  const lines = regions.flatMap(({ set, region: { ref, outcome, witness, summary } }) => [
    `${summary}: ${outcomeText(outcome)}${ref === undefined ? '' : ` (${routeLabel(set, ref)})`}`,
    `  ${witnessText(witness)}`,
  ])
  return [
    ...lines,
    ...(verdict === 'none' ? ['no request fits, proven'] : []),
    ...unknown.map((reason) => `undecided: ${reason}`),
    ...(verdict === 'some' ? [] : assumptions.map((text) => `assumed: ${text}`)),
    '',
  ].join('\n')
}
