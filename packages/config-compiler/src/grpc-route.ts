import type {
  RetryPolicyJson,
  RouteActionJson,
  RouteJson,
} from '@meshwright/xds-types/envoy/config/route/v3'
import { blackHoleCluster } from './names.ts'
import { present } from './present.ts'
import { originOf, withOrigin } from './route-origin.ts'

const faultFilter = 'envoy.filters.http.fault'
const noTimeout = '0s'

/**
 * Narrows a route to what both grpc-go and grpc-js act on; nothing if they would skip it.
 *
 * A route that answers by itself (a redirect, a direct response) fails the call instead: gRPC has
 * no such answer, and another route must not take the request.
 */
export function grpcRoute(route: RouteJson): RouteJson | undefined {
  const { queryParameters, ...match } = route.match ?? {}
  // A call has no query parameters, so none can match.
  if (queryParameters !== undefined) return undefined
  const fault = route.typedPerFilterConfig?.[faultFilter]
  const narrowed = present({
    name: route.name,
    match,
    route: route.route ? grpcAction(route.route) : { cluster: blackHoleCluster },
    typedPerFilterConfig: fault && { [faultFilter]: fault },
  })
  return withOrigin(narrowed, originOf(route))
}

function grpcAction(action: RouteActionJson): RouteActionJson {
  const { cluster, weightedClusters, timeout } = action
  const limit = timeout === undefined || timeout === noTimeout ? undefined : timeout
  return present({
    cluster,
    weightedClusters: weightedClusters && {
      clusters: (weightedClusters.clusters ?? []).map(({ name, weight }) =>
        present({ name, weight }),
      ),
    },
    maxStreamDuration:
      limit === undefined ? undefined : { maxStreamDuration: limit, grpcTimeoutHeaderMax: limit },
    retryPolicy: action.retryPolicy && grpcRetry(action.retryPolicy),
  })
}

// The codes that gRPC can retry (its proposal A44); all else it ignores.
const retriable = new Set([
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
])

function grpcRetry({
  retryOn,
  numRetries,
  retryBackOff,
}: RetryPolicyJson): RetryPolicyJson | undefined {
  const codes = (retryOn ?? '').split(',').filter((code) => retriable.has(code))
  if (codes.length === 0) return undefined
  return present({ retryOn: codes.join(','), numRetries, retryBackOff })
}
