import type { Mesh } from '../mesh.ts'
import type { RouteSource } from '../route-source.ts'

/**
 * Routes of virtual services that stand behind one without conditions, which takes all that comes to its virtual service,
 * whatever the proxy: nobody is told of them.
 */
export function droppedRoutes(mesh: Mesh): readonly RouteSource[] {
  const catchAlls = new Map(
    (mesh.snapshot?.virtualServices ?? []).flatMap(({ metadata, spec }) => {
      const index = (spec.http ?? []).findIndex(({ match = [] }) => match.length === 0)
      return index === -1 ? [] : [[`${metadata.namespace}/${metadata.name}`, index] as const]
    }),
  )
  return mesh
    .coverage()
    .written.map(({ origin }) => origin)
    .filter(({ resource, path }) => {
      const index = Number(/^spec\.http\[(\d+)\]/.exec(path)?.[1])
      return index > (catchAlls.get(`${resource?.namespace}/${resource?.name}`) ?? Infinity)
    })
}
