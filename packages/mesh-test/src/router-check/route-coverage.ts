import type { Match, RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'
import type { CoveredField } from './check-assertions.ts'

/** A route that no test looked at. */
export interface MissedRoute {
  readonly virtualHost: string
  readonly virtualHostIndex: number
  readonly routeIndex: number
  /** Empty if it has none. */
  readonly name: string
  readonly route: RouteJson
}

const clusterFields: readonly CoveredField[] = [
  'cluster_name',
  'virtual_cluster_name',
  'virtual_host_name',
  'path_rewrite',
  'host_rewrite',
]
const directFields: readonly CoveredField[] = ['path_redirect', 'code_redirect']

/**
 * Counts as Envoy's router check tool does: each weighted cluster is a route of its own, what `require_tls` redirects is
 * one more that counts when it is looked at, and a route is covered when one field of it was compared and was right.
 *
 * In one thing it may differ: a route whose cluster a header names counts once, where the tool compares objects that Envoy
 * makes for each request.
 */
export class RouteCoverage {
  readonly #configuration: RouteConfigurationJson
  readonly #indexOfHost = new Map<string, number>()
  readonly #covered = new Map<
    string,
    { readonly direct: boolean; readonly fields: Set<CoveredField> }
  >()
  readonly #routes = new Set<string>()

  constructor(configuration: RouteConfigurationJson) {
    this.#configuration = configuration
    for (const [index, { name = '' }] of (configuration.virtualHosts ?? []).entries()) {
      if (!this.#indexOfHost.has(name)) this.#indexOfHost.set(name, index)
    }
  }

  /** Notes what a test compared of the route that its request took. */
  add(match: Match, fields: readonly CoveredField[]): void {
    if (fields.length === 0) return
    const host = this.#indexOfHost.get(match.virtualHost.name) ?? -1
    const route = `${host}/${match.route.index}`
    const direct = match.action.kind !== 'cluster'
    const key = match.route.index === -1 ? 'tls' : `${route}/${this.#branch(host, match)}`
    const entry = this.#covered.get(key) ?? { direct, fields: new Set() }
    for (const field of fields) entry.fields.add(field)
    this.#covered.set(key, entry)
    this.#routes.add(route)
  }

  /** Percent of the routes that were looked at; of their fields, with `allFields`. Without any route it is 0. */
  percent(allFields: boolean): number {
    const total = (this.#configuration.virtualHosts ?? [])
      .flatMap(({ routes = [] }) => routes)
      .reduce((sum, route) => sum + branchesOf(route), 0)
    if (total === 0) return 0
    const counted = [...this.#covered.values()].map(({ direct, fields }) => {
      if (!allFields) return 1
      const wanted = direct ? directFields : clusterFields
      return wanted.filter((field) => fields.has(field)).length / wanted.length
    })
    return (100 * counted.reduce((sum, each) => sum + each, 0)) / total
  }

  /** The routes that no test looked at, in their order. */
  missed(): readonly MissedRoute[] {
    return (this.#configuration.virtualHosts ?? []).flatMap(
      ({ name: virtualHost = '', routes = [] }, virtualHostIndex) =>
        routes.flatMap((route, routeIndex) => {
          if (this.#routes.has(`${virtualHostIndex}/${routeIndex}`)) return []
          return [{ virtualHost, virtualHostIndex, routeIndex, name: route.name ?? '', route }]
        }),
    )
  }

  #branch(host: number, match: Match): string {
    const route = this.#configuration.virtualHosts?.[host]?.routes?.[match.route.index]
    return route?.route?.weightedClusters === undefined ? '' : (match.cluster ?? '')
  }
}

function branchesOf({ route }: RouteJson): number {
  return route?.weightedClusters === undefined ? 1 : (route.weightedClusters.clusters?.length ?? 0)
}
