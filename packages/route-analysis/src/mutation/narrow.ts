import type { RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'
import type { Outcome } from '../outcome.ts'
import { haveDisjointPaths } from './disjoint-paths.ts'

/** A configuration without what cannot matter to a comparison. */
export interface Narrowed {
  readonly configuration: RouteConfigurationJson
  /** The outcome with the places that its routes have in the whole configuration. */
  widen(outcome: Outcome): Outcome
}

/**
 * Leaves out of two configurations, which differ in the routes of one virtual host, what answers no request that they could
 * answer otherwise: the routes of other virtual hosts (their domains stay, for they decide who gets a request), and routes
 * whose paths have nothing in common with those of the routes that differ. Linear in the routes.
 */
export function narrow(
  configurations: readonly [RouteConfigurationJson, RouteConfigurationJson],
  host: number,
): readonly [Narrowed, Narrowed] {
  const [before, after] = configurations.map((it) => it.virtualHosts?.[host]?.routes ?? [])
  const changed = differing(before ?? [], after ?? [])
  const matters = (route: RouteJson) => changed.some((it) => !haveDisjointPaths(it, route))
  const part = (configuration: RouteConfigurationJson) => partOf(configuration, host, matters)
  return [part(configurations[0]), part(configurations[1])]
}

/** The routes between what both lists begin and end with. */
function differing(before: readonly RouteJson[], after: readonly RouteJson[]): RouteJson[] {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const middle = (list: readonly RouteJson[]) => list.slice(start, list.length - end)
  return [...middle(before), ...middle(after)]
}

function partOf(
  configuration: RouteConfigurationJson,
  host: number,
  matters: (route: RouteJson) => boolean,
): Narrowed {
  const { virtualHosts = [] } = configuration
  const kept = [...(virtualHosts[host]?.routes ?? []).entries()].filter(([, it]) => matters(it))
  return {
    configuration: {
      ...configuration,
      virtualHosts: virtualHosts.map((it, i) => {
        if (i === host) return { ...it, routes: kept.map(([, route]) => route) }
        return { name: it.name ?? '', domains: it.domains ?? [], routes: [] }
      }),
    },
    widen: ({ shares }) => ({
      shares: shares.map((share) => {
        const place = share.ref === undefined ? undefined : kept[share.ref.route]?.[0]
        return place === undefined || share.ref === undefined
          ? share
          : { ...share, ref: { ...share.ref, route: place } }
      }),
    }),
  }
}
