import { hasWrittenRoutes, type Mesh, type RouteSet } from '@meshwright/mesh-test'
import { CommandError } from '../../command-error.ts'

/**
 * The route configuration of a name, or the only one; of several, the only one with routes in it that are written in a file.
 *
 * @throws {CommandError} if there is none of that name, or more than one without a name.
 */
export function onlyConfiguration(mesh: Mesh, name: string | undefined): RouteSet {
  const { routeConfigurations } = mesh
  const found = routeConfigurations.filter((set) => name === undefined || set.name === name)
  const candidates = found.length === 1 ? found : found.filter(hasWrittenRoutes)
  const [only] = candidates
  if (only !== undefined && candidates.length === 1) return only
  const names = routeConfigurations.map((set) => JSON.stringify(set.name)).join(', ') || 'none'
  throw new CommandError(
    name === undefined
      ? `expected --route-configuration, one of: ${names}`
      : `expected a route configuration ${JSON.stringify(name)}; there are: ${names}`,
  )
}
