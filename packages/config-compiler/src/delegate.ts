import {
  type Destination,
  type HttpMatchRequest,
  type HttpRoute,
  resolveHost,
  type StringMatch,
  type VirtualServiceSpec,
} from '@meshwright/mesh-config'
import { present } from './present.ts'
import type { RouteOrigin } from './route-origin.ts'

/** Finds the VirtualService without hosts to which one of the namespace `root` delegates. */
export type FindDelegate = (
  name: string,
  namespace: string,
  root: string,
) => VirtualServiceSpec | undefined

interface Root {
  readonly namespace: string
  readonly name: string
  readonly http: readonly HttpRoute[]
}

/** A route, and where each of its matches is written; where the route is, if it has none. */
export interface PlacedRoute {
  readonly route: HttpRoute
  readonly origins: readonly RouteOrigin[]
}

/**
 * The HTTP routes of a VirtualService with each delegation replaced by the routes delegated to.
 *
 * A delegated route matches what both it and the delegating route match. Each of its matches must
 * fit into one of the delegating route, otherwise the whole route is dropped, as in Istio. Short
 * destination names are completed here, in the namespace of whoever wrote them.
 */
export function mergeDelegates(
  root: Root,
  findDelegate: FindDelegate,
  clusterDomain: string,
): readonly PlacedRoute[] {
  return root.http.flatMap((written, index) => {
    const route = placed(root, written, index)
    if (written.delegate === undefined) return [qualified(route, root.namespace, clusterDomain)]
    const { name, namespace = root.namespace } = written.delegate
    const target = findDelegate(name, namespace, root.namespace)
    return (target?.http ?? [])
      .map((inner, at) => placed({ namespace, name }, inner, at))
      .map((inner) => merge(route, qualified(inner, namespace, clusterDomain)))
      .filter((merged) => merged !== undefined)
  })
}

function placed(
  { namespace, name }: Pick<Root, 'namespace' | 'name'>,
  route: HttpRoute,
  index: number,
): PlacedRoute {
  const at = (...rest: readonly (string | number)[]): RouteOrigin => ({
    kind: 'VirtualService',
    namespace,
    name,
    path: ['spec', 'http', index, ...rest],
  })
  const matches = route.match ?? []
  return { route, origins: matches.length === 0 ? [at()] : matches.map((_, i) => at('match', i)) }
}

function qualified(
  { route, origins }: PlacedRoute,
  namespace: string,
  clusterDomain: string,
): PlacedRoute {
  return { route: qualify(route, namespace, clusterDomain), origins }
}

function qualify(route: HttpRoute, namespace: string, clusterDomain: string): HttpRoute {
  const complete = (destination: Destination): Destination => ({
    ...destination,
    host: resolveHost(destination.host, namespace, clusterDomain),
  })
  return {
    ...route,
    ...(route.route && {
      route: route.route.map((entry) => ({ ...entry, destination: complete(entry.destination) })),
    }),
    ...(route.mirror && { mirror: complete(route.mirror) }),
    ...(route.mirrors && {
      mirrors: route.mirrors.map((entry) => ({
        ...entry,
        destination: complete(entry.destination),
      })),
    }),
  }
}

function merge(root: PlacedRoute, inner: PlacedRoute): PlacedRoute | undefined {
  const { delegate, match: _, ...rootRest } = root.route
  const matches = mergeMatches(matchesOf(root), matchesOf(inner))
  if (matches === undefined) return undefined
  const match = matches.map((one) => one.request).filter((request) => request !== undefined)
  const name = joinedName(root.route.name, inner.route.name)
  const route = {
    ...rootRest,
    ...inner.route,
    ...(match.length > 0 && { match }),
    ...(name !== undefined && { name }),
  }
  return { route, origins: matches.map(({ origin }) => origin) }
}

interface PlacedMatch {
  /** Undefined: every request. */
  readonly request: HttpMatchRequest | undefined
  readonly origin: RouteOrigin
}

function matchesOf({ route, origins }: PlacedRoute): readonly PlacedMatch[] {
  return origins.map((origin, index) => ({ request: route.match?.[index], origin }))
}

function joinedName(root: string | undefined, inner: string | undefined): string | undefined {
  return root && inner ? `${root}-${inner}` : inner || root
}

/** Nothing when a match of the delegate fits into none. */
function mergeMatches(
  roots: readonly PlacedMatch[],
  inners: readonly PlacedMatch[],
): readonly PlacedMatch[] | undefined {
  const merged = inners.map((inner) => roots.flatMap((root) => mergePlaced(root, inner) ?? []))
  return merged.every((matches) => matches.length > 0) ? merged.flat() : undefined
}

function mergePlaced(root: PlacedMatch, inner: PlacedMatch): PlacedMatch | undefined {
  const origin = { ...inner.origin, via: root.origin }
  if (root.request === undefined) return { request: inner.request, origin }
  if (inner.request === undefined) return { request: root.request, origin }
  if (!fits(root.request, inner.request)) return undefined
  return { request: mergeMatch(root.request, inner.request), origin }
}

function mergeMatch(root: HttpMatchRequest, inner: HttpMatchRequest): HttpMatchRequest {
  return present({
    ...root,
    ...inner,
    name: joinedName(root.name, inner.name),
    headers: both(root.headers, inner.headers),
    withoutHeaders: both(root.withoutHeaders, inner.withoutHeaders),
    queryParams: both(root.queryParams, inner.queryParams),
    sourceLabels: both(root.sourceLabels, inner.sourceLabels),
    gateways: inner.gateways?.length ? inner.gateways : root.gateways,
  })
}

function both<T>(
  root: Readonly<Record<string, T>> | undefined,
  inner: Readonly<Record<string, T>> | undefined,
): Readonly<Record<string, T>> | undefined {
  return root && inner ? { ...root, ...inner } : (inner ?? root)
}

/** Whether a request that `inner` matches may still be one that `root` matches. */
function fits(root: HttpMatchRequest, inner: HttpMatchRequest): boolean {
  return (
    texts.every((field) => narrows(root[field], inner[field])) &&
    maps.every((field) => allNarrow(root[field], inner[field])) &&
    values.every((field) => !root[field] || !inner[field] || root[field] === inner[field]) &&
    (root.ignoreUriCase ?? false) === (inner.ignoreUriCase ?? false) &&
    labelsAgree(root.sourceLabels, inner.sourceLabels) &&
    gatewaysNarrow(root.gateways, inner.gateways)
  )
}

const texts = ['uri', 'scheme', 'method', 'authority'] as const
const maps = ['headers', 'withoutHeaders', 'queryParams'] as const
const values = ['port', 'sourceNamespace'] as const

/** Whether all that `inner` matches, `root` matches too; of regular expressions nobody can tell. */
function narrows(root: StringMatch | undefined, inner: StringMatch | undefined): boolean {
  if (root === undefined || inner === undefined) return true
  if (root.regex !== undefined || inner.regex !== undefined) return false
  if (root.exact !== undefined) return inner.exact === root.exact
  return (inner.exact ?? inner.prefix)?.startsWith(root.prefix ?? '') === true
}

function allNarrow(
  root: Readonly<Record<string, StringMatch>> = {},
  inner: Readonly<Record<string, StringMatch>> = {},
): boolean {
  return Object.entries(inner).every(([name, match]) => narrows(own(root, name), match))
}

function labelsAgree(
  root: Readonly<Record<string, string>> = {},
  inner: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(inner).every(([name, value]) => (own(root, name) ?? value) === value)
}

function gatewaysNarrow(root: readonly string[] = [], inner: readonly string[] = []): boolean {
  return root.length === 0 || inner.every((gateway) => root.includes(gateway))
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
