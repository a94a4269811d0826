import {
  type CompileOptions,
  compileRoutes,
  type Explanation,
  type Match,
  type MatchOptions,
  type Request,
  type RouteConfigurationJson,
} from '@meshwright/route-matcher'
import type { RouteRef } from '../route-ref.ts'
import { anyOtherCluster, coverageItems, itemId } from './coverage-items.ts'
import { type CoverageReport, coverageReport } from './coverage-report.ts'

/** Counts what the requests of a test suite exercise of a configuration. */
export interface Coverage {
  /** Matches a request and counts everything that it touched. Returns the match, as `table.match` does. */
  record(request: Request, options?: MatchOptions): Match | undefined
  /** What was covered so far. */
  report(): CoverageReport
}

export interface CoverageOptions extends CompileOptions {
  /** Routes to leave out, as those that `analyzeRoutes` proves unreachable. Default: none. */
  readonly leaveOut?: readonly RouteRef[]
}

/**
 * Makes a counter of what requests exercise of a configuration: rules, branches of their predicates, weights, fallthrough
 * and virtual hosts.
 *
 * Predicates count as matching looks at them: the routes in order, and of a route no more after the first that fails.
 * Clusters of one name in one list of weights count as one. Both sides of a fraction are expected if its default allows
 * both. Recording is linear in the routes of the virtual host.
 *
 * @throws {RouteConfigError} if the configuration has faults.
 */
export function createCoverage(
  configuration: RouteConfigurationJson,
  options: CoverageOptions = {},
): Coverage {
  const table = compileRoutes(configuration, options)
  const leftOut = new Set(
    options.leaveOut?.map((ref) => itemId.rule(ref.virtualHostIndex, ref.route)),
  )
  const items = coverageItems(configuration, table).filter(
    ({ ref }) => ref === undefined || !leftOut.has(itemId.rule(ref.virtualHostIndex, ref.route)),
  )
  const hits = new Map(items.map(({ id }) => [id, 0]))
  const places = new Map(table.virtualHosts.map((name, i) => [name, i]))
  let requests = 0
  return {
    record: (request, draw) => {
      const match = table.match(request, draw)
      requests++
      for (const id of touched(table.explain(request, draw), match, places)) {
        const count = hits.get(id)
        if (count !== undefined) hits.set(id, count + 1)
      }
      for (const id of armIds(match, places)) {
        const count = hits.get(id)
        if (count === undefined) continue
        hits.set(id, count + 1)
        break
      }
      return match
    },
    report: () =>
      coverageReport(
        requests,
        items.map((item) => ({ ...item, hits: hits.get(item.id) ?? 0 })),
      ),
  }
}

/** The names of the items that a request hit, but for that of its weighted cluster. */
function touched(
  { virtualHost, candidates }: Explanation,
  match: Match | undefined,
  places: ReadonlyMap<string, number>,
): string[] {
  if (virtualHost === undefined) return [itemId.noHost]
  const host = places.get(virtualHost.name) ?? -1
  const ids = [itemId.virtualHost(host), `${itemId.tls(host)}=${match?.route.index === -1}`]
  for (const { index, held, matched } of candidates) {
    for (let i = 0; i < held; i++) ids.push(`${itemId.predicate(host, index, i)}=true`)
    ids.push(matched ? itemId.rule(host, index) : `${itemId.predicate(host, index, held)}=false`)
  }
  if (match === undefined) ids.push(itemId.noRoute(host))
  return ids
}

/** The names that the item of the chosen cluster may have, the likelier first. */
function armIds(match: Match | undefined, places: ReadonlyMap<string, number>): string[] {
  if (match?.cluster === undefined) return []
  const host = places.get(match.virtualHost.name) ?? -1
  const { index } = match.route
  return [itemId.weight(host, index, match.cluster), itemId.weight(host, index, anyOtherCluster)]
}
