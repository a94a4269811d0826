import {
  type Coverage,
  type CoverageReport,
  type CoverageShare,
  createCoverage,
  lcovOf,
} from '@meshwright/route-analysis'
import type { Request } from '@meshwright/route-matcher'
import type { RouteSet } from './route-set.ts'
import { type RouteSource, sourceText } from './route-source.ts'

/** What the requests of a suite took of what is written. */
export interface MeshCoverage {
  /** Requests that were put to a route configuration. */
  readonly requests: number
  /** Of the routes that are written in files: one that several proxies, ports or names have counts once. */
  readonly routes: CoverageShare
  /** In the order of the configuration. */
  readonly written: readonly CoveredRoute[]
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

/** Counts requests; what several proxies of a mesh see is counted together. */
export class CoverageRecorder {
  readonly #sets = new Set<RouteSet>()
  readonly #counters = new Map<RouteSet, Coverage>()

  /** Makes the routes of a proxy count, whether they are asked or not. */
  add(sets: readonly RouteSet[]): void {
    for (const set of sets) this.#sets.add(set)
  }

  /** Counts a request. */
  record(set: RouteSet, request: Request, random: number): void {
    const counter = this.#counters.get(set) ?? createCoverage(set.configuration)
    this.#counters.set(set, counter)
    counter.record(request, { random })
  }

  /** What was covered so far. */
  report(): MeshCoverage {
    const asked = [...this.#counters].map(([set, counter]) => ({ set, report: counter.report() }))
    const written = this.#written(asked)
    const covered = written.filter(({ hits }) => hits > 0).length
    const total = written.length
    return {
      requests: asked.reduce((sum, { report }) => sum + report.requests, 0),
      routes: { total, covered, percent: total === 0 ? 100 : (100 * covered) / total },
      written,
      reports: asked.map(({ set, report }) => ({ name: set.name, report })),
      lcov: () =>
        asked
          .map(({ set, report }) =>
            lcovOf(report, ({ virtualHostIndex, route }) =>
              route === undefined ? undefined : set.originOf(virtualHostIndex, route),
            ),
          )
          .join(''),
    }
  }

  #written(
    asked: readonly { readonly set: RouteSet; readonly report: CoverageReport }[],
  ): CoveredRoute[] {
    const byPlace = new Map<string, CoveredRoute>()
    for (const set of this.#sets) {
      for (const { origin, hits } of writtenRoutes(
        set,
        asked.find((one) => one.set === set),
      )) {
        const via = origin.via === undefined ? '' : sourceText(origin.via)
        const place = `${sourceText(origin)} ${via}`
        byPlace.set(place, { origin, hits: hits + (byPlace.get(place)?.hits ?? 0) })
      }
    }
    return [...byPlace.values()]
  }
}

function writtenRoutes(
  { configuration, originOf }: RouteSet,
  asked: { readonly report: CoverageReport } | undefined,
): readonly CoveredRoute[] {
  const hits = hitsOf(asked?.report)
  return (configuration.virtualHosts ?? []).flatMap(({ routes = [] }, host) =>
    routes.flatMap((_, at) => {
      const origin = originOf(host, at)
      return origin === undefined ? [] : [{ origin, hits: hits.get(`${host}.${at}`) ?? 0 }]
    }),
  )
}

/** Hits of rules by the places of virtual host and route. */
function hitsOf(report: CoverageReport | undefined): ReadonlyMap<string, number> {
  const rules = (report?.items ?? []).filter(({ kind }) => kind === 'rule')
  return new Map(
    rules.map(({ virtualHostIndex, ref, hits }) => [`${virtualHostIndex}.${ref?.route}`, hits]),
  )
}
