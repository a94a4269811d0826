import type { RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'
import { isObject } from '../json.ts'

/**
 * The configuration without what shows in statistics, traces and logs alone: decorators, tracing, statistics prefixes, and
 * the name of the resource that Istio writes into the metadata of a route.
 */
export function withoutTelemetry(configuration: RouteConfigurationJson): RouteConfigurationJson {
  const { virtualHosts } = configuration
  if (virtualHosts === undefined) return configuration
  return {
    ...configuration,
    virtualHosts: virtualHosts.map((host) => {
      const { routes } = host
      return routes === undefined ? host : { ...host, routes: routes.map(plainRoute) }
    }),
  }
}

function plainRoute(route: RouteJson): RouteJson {
  const { decorator: _decorator, statPrefix: _statPrefix, tracing: _tracing, ...plain } = route
  const { metadata, ...bare } = plain
  const { istio, ...others } = metadata?.filterMetadata ?? {}
  if (!isObject(istio)) return plain
  const { config: _config, ...rest } = istio
  const filterMetadata = { ...others, ...(Object.keys(rest).length > 0 && { istio: rest }) }
  const left = { ...metadata, filterMetadata }
  return Object.keys(filterMetadata).length === 0 ? bare : { ...bare, metadata: left }
}
