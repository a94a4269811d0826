import type {
  RouteAnswer,
  RouteConfigurationJson,
  RouteJson,
  RouteMatchJson,
  RoutePredicate,
  RouteTable,
  VirtualHostJson,
} from '@meshwright/route-matcher'
import { fractionPeriod } from '../draws/fraction-period.ts'
import type { RouteRef } from '../route-ref.ts'
import type { CoverageItem } from './coverage-report.ts'

/** An item that is not counted yet. */
type UncountedItem = Omit<CoverageItem, 'hits'>

/** Names of items, shared by who lists them and who counts them. */
export const itemId = {
  rule: (host: number, route: number): string => `virtualHosts[${host}].routes[${route}]`,
  predicate: (host: number, route: number, predicate: number): string =>
    `virtualHosts[${host}].routes[${route}].match[${predicate}]`,
  weight: (host: number, route: number, cluster: string): string =>
    `virtualHosts[${host}].routes[${route}].weightedClusters[${JSON.stringify(cluster)}]`,
  virtualHost: (host: number): string => `virtualHosts[${host}]`,
  tls: (host: number): string => `virtualHosts[${host}].requireTls`,
  noRoute: (host: number): string => `virtualHosts[${host}].fallthrough`,
  noHost: 'fallthrough',
}

/** Whose name the clusters have that request headers name. */
export const anyOtherCluster = '*'

/** Everything that can be covered in a configuration, in its order. What no request could do is left out where that is plain. */
export function coverageItems(
  { virtualHosts = [] }: RouteConfigurationJson,
  table: RouteTable,
): UncountedItem[] {
  const anyDomain = virtualHosts.some(({ domains }) => domains?.includes('*'))
  return [
    ...virtualHosts.flatMap((host, i) => hostItems(host, i, table)),
    ...(anyDomain
      ? []
      : [
          {
            id: itemId.noHost,
            kind: 'fallthrough' as const,
            description: 'no domain fits the request',
          },
        ]),
  ]
}

function hostItems(host: VirtualHostJson, at: number, table: RouteTable): UncountedItem[] {
  const { name = '', routes = [] } = host
  const own = { virtualHostIndex: at }
  const items: UncountedItem[] = [
    {
      ...own,
      id: itemId.virtualHost(at),
      kind: 'virtual-host',
      description: `virtual host ${name}`,
    },
  ]
  if (host.requireTls !== undefined && host.requireTls !== 'NONE' && host.requireTls !== 0) {
    items.push(...sides(own, itemId.tls(at), `virtual host ${name}: redirected to TLS`))
  }
  for (const [i, predicates] of routePredicates(table, at).entries()) {
    const route = routes[i]
    const ref = { virtualHost: name, virtualHostIndex: at, route: i, name: route?.name ?? '' }
    const arms = armsOf(table.answer(at, i))
    items.push(...routeItems(route?.match, ref, { predicates, arms }))
  }
  if (!routes.some(takesAll)) {
    const description = `virtual host ${name}: no route takes the request`
    items.push({ ...own, id: itemId.noRoute(at), kind: 'fallthrough', description })
  }
  return items
}

/** Of each route, those in a generic matcher included; every route asks for something. */
function routePredicates(table: RouteTable, host: number): (readonly RoutePredicate[])[] {
  const found: (readonly RoutePredicate[])[] = []
  for (let predicates = table.predicates(host, 0); predicates.length > 0; ) {
    found.push(predicates)
    predicates = table.predicates(host, found.length)
  }
  return found
}

/** `match` is not known of routes in a generic matcher. */
function routeItems(
  match: RouteMatchJson | undefined,
  ref: RouteRef,
  { predicates, arms }: RouteParts,
): UncountedItem[] {
  const { virtualHostIndex, route: at } = ref
  const own = { ref, virtualHostIndex }
  const label = `route ${at}${ref.name === '' ? '' : ` (${ref.name})`} of ${ref.virtualHost}`
  return [
    { ...own, id: itemId.rule(virtualHostIndex, at), kind: 'rule', description: `${label}: taken` },
    ...predicates.flatMap(({ description, draw }, i) =>
      sides(
        own,
        itemId.predicate(virtualHostIndex, at, i),
        `${label}: ${description}`,
        draw ? 'weight' : 'branch',
      ).filter((_, side) => isPossible(match, { draw, place: i, holds: side === 0 })),
    ),
    ...arms.map((cluster) => ({
      ...own,
      id: itemId.weight(virtualHostIndex, at, cluster),
      kind: 'weight' as const,
      description: `${label}: goes to ${cluster === anyOtherCluster ? 'a cluster that a header names' : cluster}`,
    })),
  ]
}

/** Both sides of a condition: first that it holds. */
function sides(
  own: Pick<UncountedItem, 'ref' | 'virtualHostIndex'>,
  id: string,
  description: string,
  kind: 'branch' | 'weight' = 'branch',
): [UncountedItem, UncountedItem] {
  return [
    { ...own, id: `${id}=true`, kind, description: `${description}: holds` },
    { ...own, id: `${id}=false`, kind, description: `${description}: does not hold` },
  ]
}

interface RouteParts {
  readonly predicates: readonly RoutePredicate[]
  readonly arms: readonly string[]
}

/** The clusters that a draw chooses between, each once; none if there is no choice. */
function armsOf(answer: RouteAnswer | undefined): string[] {
  const clusters = answer?.kind === 'cluster' ? answer.clusters : []
  const chosen = clusters.filter(({ weight }) => weight > 0)
  const names = new Set(chosen.map(({ cluster }) => cluster ?? anyOtherCluster))
  return names.size === 1 ? [] : [...names]
}

function isPossible(
  match: RouteMatchJson | undefined,
  side: { readonly draw: boolean; readonly place: number; readonly holds: boolean },
): boolean {
  if (match === undefined) return true
  if (side.draw) {
    const fraction = match.runtimeFraction?.defaultValue ?? {}
    const { numerator = 0 } = fraction
    return side.holds ? numerator > 0 : numerator < fractionPeriod(fraction)
  }
  // The path comes first, and every path but those of OPTIONS * and CONNECT begins with a slash.
  return side.holds || side.place > 0 || !isAnyPath(match)
}

function isAnyPath({ prefix, safeRegex }: RouteMatchJson): boolean {
  return prefix === '' || prefix === '/' || safeRegex?.regex === '.*' || safeRegex?.regex === '/.*'
}

function takesAll({ match = {} }: RouteJson): boolean {
  const asked = Object.entries(match).filter(
    ([field, value]) =>
      field !== 'caseSensitive' && (Array.isArray(value) ? value.length > 0 : value !== undefined),
  )
  return isAnyPath(match) && asked.length === 1
}
