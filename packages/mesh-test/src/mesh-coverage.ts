import {
  type Coverage,
  type CoverageReport,
  type CoverageShare,
  createCoverage,
  lcovOf,
  type PositionOf,
} from '@meshwright/route-analysis'
import type { MatchOptions, Request } from '@meshwright/route-matcher'
import type { RouteSet } from './route-set.ts'
import { type RouteSource, sourceText } from './route-source.ts'

/** What the requests of a suite took of what is written. */
export interface MeshCoverage {
  /** Requests that were put to a route configuration. */
  readonly requests: number
  /**
   * Of the routes that are written in files, those included that no proxy asked so far has. One that
   * several proxies, ports or names have counts once.
   */
  readonly routes: CoverageShare
  /** By namespace and name of their resources, then in order; of an Envoy configuration in order. */
  readonly written: readonly CoveredRoute[]
  /** Of written routes that some proxy was asked for: how conditions come out, and weights, that no request showed. */
  readonly unseen: readonly UnseenDetail[]
  /** In detail, predicates and weights included: of the route configurations that were asked. */
  readonly reports: readonly { readonly name: string; readonly report: CoverageReport }[]
  /** A trace file for coverage tools, lines being those of the files. */
  lcov(): string
}

/** A written route and how often it was taken. */
export interface CoveredRoute {
  readonly origin: RouteSource
  readonly hits: number
}

/** Something about a written route that no request showed. */
export interface UnseenDetail {
  readonly origin: RouteSource
  /** In words, with what the configuration calls the route. */
  readonly description: string
}

/** Counts requests; what several proxies of a mesh see is counted together. */
export class CoverageRecorder {
  readonly #counters = new Map<RouteSet, Coverage>()
  readonly #find: () => readonly RouteSource[]
  #written: readonly RouteSource[] | undefined

  /** @param written Tells every route that is written, whichever proxy has it; asked once. */
  constructor(written: () => readonly RouteSource[]) {
    this.#find = written
  }

  /** Counts a request. */
  record(set: RouteSet, request: Request, draw: MatchOptions): void {
    const counter = this.#counters.get(set) ?? createCoverage(set.configuration)
    this.#counters.set(set, counter)
    counter.record(request, draw)
  }

  /** What was covered so far. */
  report(): MeshCoverage {
    const asked = [...this.#counters].map(([set, counter]) => ({ set, report: counter.report() }))
    const hits = hitsByPlace(asked)
    this.#written ??= this.#find()
    const written = this.#written.map((origin) => ({
      origin,
      hits: hits.get(sourceText(origin)) ?? 0,
    }))
    const covered = written.filter((route) => route.hits > 0).length
    const total = written.length
    return {
      requests: asked.reduce((sum, { report }) => sum + report.requests, 0),
      routes: { total, covered, percent: total === 0 ? 100 : (100 * covered) / total },
      written,
      unseen: unseenDetails(asked),
      reports: asked.map(({ set, report }) => ({ name: set.name, report })),
      lcov: () => {
        const sections = asked.map(({ set, report }) => lcovOf(report, positionIn(set)))
        return [...sections, ...unaskedLcov(written, asked)].join('')
      },
    }
  }
}

interface AskedSet {
  readonly set: RouteSet
  readonly report: CoverageReport
}

function positionIn(set: RouteSet): PositionOf {
  return ({ virtualHostIndex, route }) =>
    route === undefined ? undefined : set.originOf(virtualHostIndex, route)
}

/** One that is written once and compiled into several places is seen if it is in any of them. */
function unseenDetails(asked: readonly AskedSet[]): readonly UnseenDetail[] {
  const details = asked.flatMap(({ set, report }) =>
    report.items.flatMap(({ id, kind, virtualHostIndex, ref, hits, description }) => {
      if (kind !== 'branch' && kind !== 'weight') return []
      if (virtualHostIndex === undefined || ref === undefined) return []
      const origin = set.originOf(virtualHostIndex, ref.route)
      if (origin === undefined) return []
      const part = id.replace(/^virtualHosts\[\d+\]\.routes\[\d+\]/, '')
      return [{ key: `${sourceText(origin)} ${part}`, origin, description, hits }]
    }),
  )
  return [...Map.groupBy(details, ({ key }) => key).values()].flatMap((same) => {
    const [first] = same
    if (first === undefined || same.some(({ hits }) => hits > 0)) return []
    const { origin, description } = first
    return [{ origin, description }]
  })
}

/** Sections for the routes that stand in no route configuration that was asked: lines, and nothing known of branches. */
function unaskedLcov(
  written: readonly CoveredRoute[],
  asked: readonly AskedSet[],
): readonly string[] {
  const known = new Set(originsIn(asked.map(({ set }) => set)).map(sourceText))
  const unasked = written.filter(({ origin }) => !known.has(sourceText(origin)))
  const byFile = Map.groupBy(unasked, ({ origin }) => origin.file)
  return [...byFile].map(([file, routes]) => {
    const lines = [...new Set(routes.map(({ origin }) => origin.line))].sort((a, b) => a - b)
    const hits = lines.map((line) => `DA:${line},0`)
    return `${['TN:', `SF:${file}`, ...hits, `LF:${lines.length}`, 'LH:0', 'end_of_record'].join('\n')}\n`
  })
}

/** How often the routes at a place were taken, by `file:line:column`. */
function hitsByPlace(asked: readonly AskedSet[]): ReadonlyMap<string, number> {
  const byPlace = new Map<string, number>()
  for (const { set, report } of asked) {
    for (const { kind, virtualHostIndex, ref, hits } of report.items) {
      if (kind !== 'rule' || hits === 0) continue
      if (virtualHostIndex === undefined || ref === undefined) continue
      const origin = set.originOf(virtualHostIndex, ref.route)
      if (origin === undefined) continue
      const place = sourceText(origin)
      byPlace.set(place, hits + (byPlace.get(place) ?? 0))
    }
  }
  return byPlace
}

/** Every route of sets that is written somewhere, each place once. */
export function originsIn(sets: readonly RouteSet[]): readonly RouteSource[] {
  const all = sets.flatMap(({ configuration: { virtualHosts = [] }, originOf }) =>
    virtualHosts.flatMap(({ routes = [] }, host) => routes.map((_, at) => originOf(host, at))),
  )
  const known = all.filter((origin) => origin !== undefined)
  return [...new Map(known.map((origin) => [sourceText(origin), origin])).values()]
}
