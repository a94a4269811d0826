import {
  type AnalysisOptions,
  type DiffClass,
  diffRoutes,
  type UnknownClass,
} from '@meshwright/route-analysis'
import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { Mesh } from '../mesh.ts'
import { type RouteSet, routeSet } from '../route-set.ts'
import type { RouteSource } from '../route-source.ts'
import { outcomeChanges, outcomeText } from './outcome-text.ts'
import type { Problem } from './problem.ts'
import { routeLabel, sourceOf } from './route-label.ts'
import { untoldRoutes, viewAssumptions } from './view-assumptions.ts'
import { withoutTelemetry } from './without-telemetry.ts'
import { witnessText } from './witness-text.ts'

/** Options of {@link diffMeshes}. */
export interface DiffMeshesOptions extends AnalysisOptions {
  /** Compare also what shows in statistics, traces and logs alone. Default: false. */
  readonly telemetry?: boolean
}

/** How two meshes differ in what they do with requests. */
export interface MeshDiff {
  /** Every request is answered alike, proven. */
  readonly equivalent: boolean
  readonly changes: readonly MeshChange[]
  readonly unknown: readonly MeshUnknown[]
  /** What the proofs rest on, each a sentence. */
  readonly assumptions: readonly string[]
  /** The route configurations that were compared. */
  readonly compared: number
  /** Written routes that were not, because only other proxies are told of them: those of the new mesh, or else of the old. */
  readonly untold: readonly RouteSource[]
}

/** Requests that had one outcome and get another. */
export interface MeshChange {
  /** The name of the route configuration. */
  readonly routeConfiguration: string
  readonly class: DiffClass
  readonly before: RouteSet
  readonly after: RouteSet
}

/** Requests of which nothing is known. */
export interface MeshUnknown {
  readonly routeConfiguration: string
  readonly class: UnknownClass
}

/**
 * Compares two meshes, route configuration by route configuration: those of one name, or the only ones of both. What only
 * one of the meshes has is compared with a configuration without routes.
 */
export function diffMeshes(
  before: Mesh,
  after: Mesh,
  { telemetry = false, ...options }: DiffMeshesOptions = {},
): MeshDiff {
  const seen = telemetry
    ? (configuration: RouteConfigurationJson) => configuration
    : withoutTelemetry
  const compared = pairs(before.routeConfigurations, after.routeConfigurations).map(
    ([old, fresh]) => ({
      old,
      fresh,
      diff: diffRoutes(seen(old.configuration), seen(fresh.configuration), options),
    }),
  )
  const nameOf = ({ old, fresh }: (typeof compared)[number]): string => fresh.name || old.name
  return {
    equivalent: compared.every(({ diff }) => diff.equivalent),
    changes: compared.flatMap((pair) =>
      pair.diff.classes.map((each) => ({
        routeConfiguration: nameOf(pair),
        class: each,
        before: pair.old,
        after: pair.fresh,
      })),
    ),
    unknown: compared.flatMap((pair) =>
      pair.diff.unknown.map((each) => ({ routeConfiguration: nameOf(pair), class: each })),
    ),
    assumptions: [
      ...new Set([
        ...viewAssumptions(before),
        ...viewAssumptions(after),
        ...compared.flatMap(({ diff }) => diff.assumptions),
      ]),
      ...(telemetry ? [] : ['names that show in statistics, traces and logs alone do not matter']),
    ],
    compared: compared.length,
    untold: [after, before].map(untoldRoutes).find(({ length }) => length > 0) ?? [],
  }
}

function pairs(
  before: readonly RouteSet[],
  after: readonly RouteSet[],
): readonly (readonly [RouteSet, RouteSet])[] {
  const [old] = before
  const [fresh] = after
  if (old !== undefined && fresh !== undefined && before.length === 1 && after.length === 1) {
    return [[old, fresh]]
  }
  const names = new Set([...before, ...after].map(({ name }) => name))
  return [...names].map((name) => [
    before.find((set) => set.name === name) ?? nothing(name),
    after.find((set) => set.name === name) ?? nothing(name),
  ])
}

function nothing(name: string): RouteSet {
  return routeSet({ name, virtualHosts: [] }, [], () => undefined)
}

/** A change in words. */
export interface ChangeText {
  /** Which requests; with the name of their route configuration, if the configuration has one. */
  readonly summary: string
  /** A request of the class. */
  readonly example: string
  readonly before: string
  readonly after: string
  /** What differs in how requests are treated; empty if where they go says it all. */
  readonly details: readonly string[]
  /** Where the routes are written that answer the example; empty without one. */
  readonly beforeAt: string
  readonly afterAt: string
}

/** Words a change. */
export function changeText({
  routeConfiguration,
  class: each,
  before,
  after,
}: MeshChange): ChangeText {
  const [oldRef] = each.before.shares.flatMap(({ ref }) => ref ?? [])
  const [newRef] = each.after.shares.flatMap(({ ref }) => ref ?? [])
  const texts = { before: outcomeText(each.before), after: outcomeText(each.after) }
  return {
    summary: requestsText(routeConfiguration, each.summary),
    example: witnessText(each.witness),
    ...texts,
    details: texts.before === texts.after ? outcomeChanges(each.before, each.after) : [],
    beforeAt: oldRef === undefined ? '' : routeLabel(before, oldRef),
    afterAt: newRef === undefined ? '' : routeLabel(after, newRef),
  }
}

/** The changes and what is unknown, as findings at the routes that answer now. */
export function diffProblems({ changes, unknown }: MeshDiff): readonly Problem[] {
  return [
    ...changes.map((change): Problem => {
      const [newRef] = change.class.after.shares.flatMap(({ ref }) => ref ?? [])
      const [oldRef] = change.class.before.shares.flatMap(({ ref }) => ref ?? [])
      const { summary, example, before, after, details } = changeText(change)
      const how = details.length === 0 ? '' : ` (${details.join('; ')})`
      return {
        rule: 'changed-requests',
        level: 'warning',
        message: `${summary}: ${before} before, ${after} now${how}; for example ${example}`,
        source: sourceOf(change.after, newRef) ?? sourceOf(change.before, oldRef),
      }
    }),
    ...unknown.map(
      ({ routeConfiguration, class: { summary, reason } }): Problem => ({
        rule: 'undecided-requests',
        level: 'warning',
        message: `${requestsText(routeConfiguration, summary)}: ${reason}`,
        source: undefined,
      }),
    ),
  ]
}

/** Which requests, with the name of their route configuration, if it has one. */
export function requestsText(routeConfiguration: string, summary: string): string {
  return routeConfiguration === '' ? summary : `${routeConfiguration}: ${summary}`
}
