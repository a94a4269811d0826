import type { Bootstrap } from '@meshwright/xds-client'
import type { ProxyOptions } from './proxy-options.ts'

/** What a bootstrap says of the proxy itself, beside its resources. */
export function bootstrapOptions({
  node,
  json,
}: Bootstrap): Pick<ProxyOptions, 'node' | 'localCluster' | 'overload' | 'connectionLimits'> {
  const localCluster = json.clusterManager?.localClusterName
  const { overloadManager: overload } = json
  return {
    node,
    connectionLimits: connectionLimits(json),
    ...(localCluster && { localCluster }),
    ...(overload && { overload }),
  }
}

const limitKey = /^envoy\.resource_limits\.listener\.(.+)\.connection_limit$/

/** Envoy keeps these limits in its runtime: as keys with dots, or as objects in objects. Later layers win. */
function connectionLimits(json: Bootstrap['json']): Record<string, number> {
  const limits: Record<string, number> = {}
  for (const { staticLayer } of json.layeredRuntime?.layers ?? []) {
    for (const [key, value] of flat('', staticLayer ?? {})) {
      const name = limitKey.exec(key)?.[1]
      if (name !== undefined && typeof value === 'number') limits[name] = value
    }
  }
  return limits
}

function* flat(prefix: string, value: object): Generator<readonly [key: string, value: unknown]> {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null) yield* flat(`${prefix}${key}.`, inner)
    else yield [`${prefix}${key}`, inner]
  }
}
