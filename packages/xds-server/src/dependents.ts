import { typeUrls } from './resource-type.ts'

/** The names that a client asks for because of this resource: see {@link WireResource.dependents}. */
export function dependentsOf(typeUrl: string, name: string, json: object): readonly string[] {
  if (typeUrl === typeUrls.cluster) return endpointNames(name, json)
  return typeUrl === typeUrls.listener ? [...routeNames(json)] : []
}

function endpointNames(
  name: string,
  cluster: { type?: unknown; edsClusterConfig?: { serviceName?: string } },
): readonly string[] {
  if (cluster.type !== 'EDS') return []
  const serviceName = cluster.edsClusterConfig?.serviceName
  return [serviceName === undefined || serviceName === '' ? name : serviceName]
}

/** Connection managers sit at many depths of a listener; `rds.routeConfigName` is only ever theirs. */
function* routeNames(json: unknown): Generator<string> {
  if (typeof json !== 'object' || json === null) return
  if ('rds' in json) {
    const { rds } = json
    if (typeof rds === 'object' && rds !== null && 'routeConfigName' in rds) {
      yield String(rds.routeConfigName)
    }
  }
  for (const value of Object.values(json)) yield* routeNames(value)
}
