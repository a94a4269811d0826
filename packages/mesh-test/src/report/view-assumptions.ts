import type { Mesh } from '../mesh.ts'
import { originsIn } from '../mesh-coverage.ts'
import type { ProxySelection } from '../proxy-selection.ts'
import { type RouteSource, sourceText } from '../route-source.ts'
import { droppedRoutes } from './dropped-routes.ts'

/**
 * What a proof about a mesh of Istio's resources rests on because it is seen by one proxy: which one, and how many of the
 * written routes are for others. Nothing for an Envoy configuration.
 */
export function viewAssumptions(mesh: Mesh): readonly string[] {
  const { proxy } = mesh
  if (proxy === undefined) return mesh.assumptions
  const untold = untoldRoutes(mesh)
  const [first] = untold
  return [
    ...mesh.assumptions,
    `requests come through ${proxyText(proxy)}`,
    ...(first === undefined
      ? []
      : [
          `what other proxies are told does not matter: ${untold.length} of the written routes, such as ${sourceText(first)}`,
        ]),
  ]
}

/** The written routes that the proxy of a mesh is not told of, but others are: a gateway, or a sidecar elsewhere. */
export function untoldRoutes(mesh: Mesh): readonly RouteSource[] {
  if (mesh.proxy === undefined) return []
  const known = [...originsIn(mesh.routeConfigurations), ...droppedRoutes(mesh)]
  const told = new Set(known.map(sourceText))
  const written = mesh.coverage().written.map(({ origin }) => origin)
  return written.filter((origin) => !told.has(sourceText(origin)))
}

function proxyText({ kind = 'sidecar', namespace, labels = {} }: ProxySelection): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  const labelled = all.length === 0 ? '' : ` with the labels ${all.join(',')}`
  return kind === 'router'
    ? `a gateway of the namespace ${namespace ?? 'istio-system'}${labelled}`
    : `a sidecar of the namespace ${namespace ?? 'default'}${labelled}`
}
