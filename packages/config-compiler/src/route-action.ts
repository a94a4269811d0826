import type { Headers, HttpRoute, HttpRouteDestination } from '@meshwright/mesh-config'
import type {
  RouteAction_HashPolicyJson,
  RouteAction_RequestMirrorPolicyJson,
  RouteActionJson,
  WeightedCluster_ClusterWeightJson,
} from '@meshwright/xds-types/envoy/config/route/v3'
import { type ResolvedDestination, resolveDestination } from './destination.ts'
import { millionths } from './fraction.ts'
import { hashPolicy } from './hash-policy.ts'
import { authorityOf, headerMutations } from './header-operations.ts'
import { outboundCluster } from './names.ts'
import { present } from './present.ts'
import { retryPolicy } from './retry-policy.ts'
import type { RouteContext } from './route-context.ts'
import { policyFor } from './traffic-policy.ts'

const noTimeout = '0s'

/** Where a route sends requests, and how long and how often it tries. */
export function routeAction(context: RouteContext, route: HttpRoute): RouteActionJson {
  const { scope, listenerPort } = context
  const entries = weighted(route.route ?? [])
  const destinations = entries.map(({ destination }) =>
    resolveDestination(scope, destination, listenerPort),
  )
  const hashes = hashPolicies(destinations)
  const timeout = route.timeout ?? noTimeout
  const [only] = destinations
  const mirrors = mirrorPolicies(context, route)
  return present({
    cluster: destinations.length === 1 ? only?.cluster : undefined,
    weightedClusters:
      destinations.length > 1 ? { clusters: clusterWeights(entries, destinations) } : undefined,
    timeout,
    // The old name of grpc_timeout_header_max: it bounds what a gRPC caller may ask for.
    maxGrpcTimeout: timeout,
    retryPolicy: retryPolicy(route.retries, scope.mesh, hashes.length > 0),
    hashPolicy: hashes.length > 0 ? hashes : undefined,
    requestMirrorPolicies: mirrors.length > 0 ? mirrors : undefined,
    ...rewrites(route, entries.length === 1 ? entries[0]?.headers : undefined),
  })
}

/** The action of a service that no VirtualService speaks for. */
export function defaultAction(
  { scope }: RouteContext,
  host: string,
  port: number,
): RouteActionJson {
  const service = scope.services.get(host)
  const rule = service && scope.destinationRuleOf(service)
  const cluster = outboundCluster(host, port)
  const hashes = hashPolicies([{ cluster, policy: policyFor(scope.mesh, rule, port) }])
  return present({
    cluster,
    timeout: noTimeout,
    maxGrpcTimeout: noTimeout,
    retryPolicy: retryPolicy(undefined, scope.mesh, hashes.length > 0),
    hashPolicy: hashes.length > 0 ? hashes : undefined,
  })
}

/** The destinations that get traffic; if no weight is above zero, all of them do. */
export function weighted(
  entries: readonly HttpRouteDestination[],
): readonly HttpRouteDestination[] {
  const weighing = entries.filter(({ weight }) => (weight ?? 0) > 0)
  return weighing.length > 0 ? weighing : entries
}

function clusterWeights(
  entries: readonly HttpRouteDestination[],
  destinations: readonly ResolvedDestination[],
): readonly WeightedCluster_ClusterWeightJson[] {
  return destinations.map(({ cluster }, i) => {
    const entry = entries[i]
    const authority = authorityOf(entry?.headers)
    return {
      name: cluster,
      weight: entry?.weight || 1,
      ...headerMutations(entry?.headers),
      ...(authority !== undefined && { hostRewriteLiteral: authority }),
    }
  })
}

function rewrites(
  route: HttpRoute,
  only: Headers | undefined,
): Pick<RouteActionJson, 'prefixRewrite' | 'regexRewrite' | 'hostRewriteLiteral'> {
  const { uri, uriRegexRewrite, authority } = route.rewrite ?? {}
  const regexRewrite = uriRegexRewrite && {
    pattern: { regex: uriRegexRewrite.match },
    substitution: uriRegexRewrite.rewrite,
  }
  return present({
    prefixRewrite: regexRewrite ? undefined : uri || undefined,
    regexRewrite,
    hostRewriteLiteral: authority || authorityOf(only) || authorityOf(route.headers),
  })
}

function hashPolicies(
  destinations: readonly ResolvedDestination[],
): readonly RouteAction_HashPolicyJson[] {
  const distinct = new Map<string, RouteAction_HashPolicyJson>()
  for (const { policy } of destinations) {
    const hash = policy.loadBalancer?.consistentHash
    const compiled = hash && hashPolicy(hash)
    if (compiled) distinct.set(JSON.stringify(compiled), compiled)
  }
  return [...distinct.values()]
}

const everything = 100

function mirrorPolicies(
  { scope, listenerPort }: RouteContext,
  route: HttpRoute,
): readonly RouteAction_RequestMirrorPolicyJson[] {
  const single = route.mirror && {
    destination: route.mirror,
    percentage: route.mirrorPercentage ?? { value: route.mirrorPercent ?? everything },
  }
  return [...(single ? [single] : []), ...(route.mirrors ?? [])]
    .map(({ destination, percentage }) => ({
      cluster: resolveDestination(scope, destination, listenerPort).cluster,
      percent: percentage === undefined ? everything : (percentage.value ?? 0),
    }))
    .filter(({ percent }) => percent > 0)
    .map(({ cluster, percent }) => ({
      cluster,
      runtimeFraction: { defaultValue: millionths(percent) },
      traceSampled: false,
      disableShadowHostSuffixAppend: true,
    }))
}
