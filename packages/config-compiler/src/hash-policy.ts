import type { ConsistentHashLb } from '@meshwright/mesh-config'
import type { RouteAction_HashPolicyJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { present } from './present.ts'

/** What of a request a route hashes, so that the same value reaches the same endpoint. */
export function hashPolicy(hash: ConsistentHashLb): RouteAction_HashPolicyJson | undefined {
  if (hash.httpHeaderName) return { header: { headerName: hash.httpHeaderName } }
  if (hash.httpCookie) {
    const { name, path, ttl, attributes } = hash.httpCookie
    return {
      cookie: present({
        name,
        ttl,
        path,
        attributes: attributes?.map((attribute) =>
          present({ name: attribute.name, value: attribute.value }),
        ),
      }),
    }
  }
  if (hash.useSourceIp) return { connectionProperties: { sourceIp: true } }
  if (hash.httpQueryParameterName) return { queryParameter: { name: hash.httpQueryParameterName } }
  return undefined
}
