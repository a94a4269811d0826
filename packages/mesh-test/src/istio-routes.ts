import { compile, originOf, type RouteOrigin } from '@meshwright/config-compiler'
import type { Locator, Snapshot } from '@meshwright/mesh-config'
import { type ProxySelection, proxyOf } from './proxy-selection.ts'
import { type RouteUse, routeUses } from './route-listeners.ts'
import { type RouteSet, routeSet } from './route-set.ts'
import { pathText, type RouteSource } from './route-source.ts'
import { withPlainServers } from './unenforced.ts'

/** What one proxy of a mesh is told, as far as routing goes. */
export interface ProxyRoutes {
  readonly sets: readonly RouteSet[]
  /** Where connections go that no listener takes: to a cluster of this name. Undefined: nowhere. */
  readonly unknownDestination: string | undefined
}

/** Compiles the routes of a proxy. */
export function istioRoutes(
  snapshot: Snapshot,
  selection: ProxySelection,
  locator: Locator,
): ProxyRoutes {
  const { listeners, routes } = compile(withPlainServers(snapshot), proxyOf(selection, snapshot))
  const uses = listeners.flatMap((listener) => routeUses(listener))
  const sets = routes.map((configuration) => {
    const asking = uses.filter((use) => use.routes === configuration.name)
    const at = (host: number, route: number): RouteSource | undefined => {
      const found = configuration.virtualHosts?.[host]?.routes?.[route]
      const origin = found && originOf(found)
      return origin && sourceOf(origin, snapshot, locator)
    }
    return routeSet(
      configuration,
      asking.map(({ listener }) => listener),
      at,
    )
  })
  const catchAll = JSON.stringify(listeners.find(({ name }) => name === 'virtualOutbound') ?? '')
  return {
    sets: [...sets, ...uses.flatMap(inlineSet)],
    unknownDestination: catchAll.includes('"PassthroughCluster"')
      ? 'PassthroughCluster'
      : undefined,
  }
}

function inlineSet({ listener, routes }: RouteUse): readonly RouteSet[] {
  if (typeof routes === 'string') return []
  return [routeSet(routes.configuration, [listener], () => undefined)]
}

function sourceOf(
  origin: RouteOrigin,
  snapshot: Snapshot,
  locator: Locator,
): RouteSource | undefined {
  const { kind, namespace, name, path } = origin
  const resource = snapshot.virtualServices.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  )
  const range = resource && locator.rangeOf(resource.source, path)
  const via = origin.via && sourceOf(origin.via, snapshot, locator)
  if (range === undefined) return undefined
  return {
    ...range,
    resource: { kind, namespace, name },
    path: pathText(path),
    ...(via !== undefined && { via }),
  }
}

/** Every HTTP route that is written, by its matches; those that only delegate are none. */
export function writtenRoutes(
  { virtualServices }: Snapshot,
  locator: Locator,
): readonly RouteSource[] {
  return virtualServices.flatMap(({ kind, metadata: { namespace, name }, spec, source }) =>
    (spec.http ?? []).flatMap(({ delegate, match = [] }, route) => {
      if (delegate !== undefined) return []
      const base = ['spec', 'http', route]
      const paths = match.length === 0 ? [base] : match.map((_, at) => [...base, 'match', at])
      return paths.flatMap((path) => {
        const range = locator.rangeOf(source, path)
        if (range === undefined) return []
        return [{ ...range, resource: { kind, namespace, name }, path: pathText(path) }]
      })
    }),
  )
}
