import type {
  Destination,
  HttpMatchRequest,
  HttpRoute,
  Resource,
  VirtualServiceSpec,
} from '@meshwright/mesh-config'
import { qualifyHost } from './host.ts'
import { isVisible } from './visibility.ts'

interface Root {
  readonly namespace: string
  readonly http: readonly HttpRoute[]
}

/**
 * The HTTP routes of a VirtualService with each delegation replaced by the routes delegated to.
 *
 * A delegated route matches what both it and the delegating route match; a pair that asks for
 * different things in the same field is dropped, as in Istio. Short destination names are
 * completed here, in the namespace of whoever wrote them.
 */
export function mergeDelegates(
  root: Root,
  delegates: readonly Resource<VirtualServiceSpec>[],
  clusterDomain: string,
): readonly HttpRoute[] {
  return root.http.flatMap((route) => {
    if (route.delegate === undefined) return [qualify(route, root.namespace, clusterDomain)]
    const { name, namespace = root.namespace } = route.delegate
    const target = delegates.find(
      ({ metadata, spec }) =>
        metadata.name === name &&
        metadata.namespace === namespace &&
        isVisible(spec.exportTo, metadata.namespace, root.namespace),
    )
    return (target?.spec.http ?? [])
      .map((inner) => merge(route, qualify(inner, namespace, clusterDomain)))
      .filter((merged) => merged !== undefined)
  })
}

function qualify(route: HttpRoute, namespace: string, clusterDomain: string): HttpRoute {
  const complete = (destination: Destination): Destination => ({
    ...destination,
    host: qualifyHost(destination.host, namespace, clusterDomain),
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

function merge(root: HttpRoute, inner: HttpRoute): HttpRoute | undefined {
  const { delegate, match: rootMatches, ...rootRest } = root
  const match = mergeMatches(rootMatches ?? [], inner.match ?? [])
  if (match === undefined) return undefined
  const names = [root.name, inner.name].filter((name) => name !== undefined && name !== '')
  return {
    ...rootRest,
    ...inner,
    ...(match.length > 0 && { match }),
    ...(names.length > 0 && { name: names.join('-') }),
  }
}

/** Nothing when every pair contradicts itself; empty when neither side matches anything special. */
function mergeMatches(
  roots: readonly HttpMatchRequest[],
  inners: readonly HttpMatchRequest[],
): readonly HttpMatchRequest[] | undefined {
  if (roots.length === 0) return inners
  if (inners.length === 0) return roots
  const merged = inners.flatMap((inner) =>
    roots.map((root) => mergeMatch(root, inner)).filter((match) => match !== undefined),
  )
  return merged.length > 0 ? merged : undefined
}

function mergeMatch(root: HttpMatchRequest, inner: HttpMatchRequest): HttpMatchRequest | undefined {
  const merged: Record<string, unknown> = { ...root }
  for (const [field, value] of Object.entries(inner)) {
    const outer = merged[field]
    if (outer === undefined) merged[field] = value
    else if (field === 'uri') {
      if (!isUnder(root.uri, inner.uri)) return undefined
      merged[field] = value
    } else if (isPairs(outer) && isPairs(value)) merged[field] = { ...outer, ...value }
    else if (JSON.stringify(outer) !== JSON.stringify(value)) return undefined
  }
  // Every field was taken from one of two match requests.
  return merged as HttpMatchRequest
}

/** Whether all that `inner` matches, `outer` matches too. */
function isUnder(outer: HttpMatchRequest['uri'], inner: HttpMatchRequest['uri']): boolean {
  if (JSON.stringify(outer) === JSON.stringify(inner)) return true
  const prefix = outer?.prefix
  const path = inner?.exact ?? inner?.prefix
  return prefix !== undefined && path?.startsWith(prefix) === true
}

const stringMatchKeys = new Set(['exact', 'prefix', 'regex'])

function isPairs(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !Object.keys(value).some((key) => stringMatchKeys.has(key))
}
