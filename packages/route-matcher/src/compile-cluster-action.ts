import type { ClusterAction, MirrorPolicy } from './action.ts'
import type { RequestMirrorPolicyJson } from './action-config.ts'
import { compileHashPolicy } from './compile-hash-policy.ts'
import { compileRetryPolicy } from './compile-retry-policy.ts'
import type { MetadataJson, RouteActionJson } from './config.ts'
import { durationMs } from './duration.ts'
import { enumName } from './enum-name.ts'
import { fault } from './findings.ts'
import { compileFraction } from './fraction.ts'
import type { HeaderMutations } from './header-mutations.ts'
import type { Scope } from './scope.ts'

/** A route's action before a cluster is chosen. */
export type ClusterActionBase = Omit<ClusterAction, 'cluster' | 'requestHeaders'>

/** Compiles everything of a route action but the choice of a cluster and the rewrites. */
export function compileClusterAction(
  action: RouteActionJson,
  path: string,
  scope: Scope,
): ClusterActionBase {
  const { findings } = scope
  const notFound = enumName(
    action.clusterNotFoundResponseCode,
    ['SERVICE_UNAVAILABLE', 'NOT_FOUND', 'INTERNAL_SERVER_ERROR'],
    `${path}.clusterNotFoundResponseCode`,
    findings,
  )
  const priority = enumName(action.priority, ['DEFAULT', 'HIGH'], `${path}.priority`, findings)
  const hedge = action.hedgePolicy ?? scope.virtualHost.hedgePolicy
  return {
    kind: 'cluster',
    clusterNotFoundStatus: {
      SERVICE_UNAVAILABLE: 503,
      NOT_FOUND: 404,
      INTERNAL_SERVER_ERROR: 500,
      '': 503,
    }[notFound],
    ...compileTimeouts(action),
    retryPolicy: compileRetries(action, path, scope),
    hedgeOnPerTryTimeout: hedge?.hedgeOnPerTryTimeout === true,
    hashPolicies: (action.hashPolicy ?? []).map((policy, i) =>
      compileHashPolicy(policy, `${path}.hashPolicy[${i}]`, findings),
    ),
    mirrors: compileMirrors(action, path, scope),
    priority: priority === 'HIGH' ? 'high' : 'default',
    upgrades: (action.upgradeConfigs ?? []).map((upgrade) => ({
      type: (upgrade.upgradeType ?? '').toLowerCase(),
      enabled: upgrade.enabled !== false,
      connectConfig: upgrade.connectConfig,
    })),
    metadataMatch: loadBalancingMetadata(action.metadataMatch),
    autoHostRewrite: action.autoHostRewrite === true,
    appendXForwardedHost: action.appendXForwardedHost === true,
    rateLimits: rateLimits(action, scope),
    internalRedirectPolicy: action.internalRedirectPolicy,
  }
}

/** The action for one of several clusters. */
export function withCluster(
  base: ClusterActionBase,
  cluster: string,
  metadata: MetadataJson | undefined,
  requestHeaders: readonly HeaderMutations[],
): ClusterAction {
  const own = loadBalancingMetadata(metadata)
  const metadataMatch = own === undefined ? base.metadataMatch : { ...base.metadataMatch, ...own }
  return { ...base, cluster, metadataMatch, requestHeaders }
}

/** Envoy's own default for the whole response. */
const defaultTimeoutMs = 15_000

function compileTimeouts(
  action: RouteActionJson,
): Pick<
  ClusterAction,
  | 'timeoutMs'
  | 'idleTimeoutMs'
  | 'maxStreamDurationMs'
  | 'grpcTimeoutHeaderMaxMs'
  | 'grpcTimeoutHeaderOffsetMs'
  | 'maxGrpcTimeoutMs'
  | 'grpcTimeoutOffsetMs'
> {
  const { maxStreamDuration } = action
  return {
    timeoutMs: durationMs(action.timeout) ?? defaultTimeoutMs,
    idleTimeoutMs: durationMs(action.idleTimeout),
    maxStreamDurationMs: durationMs(maxStreamDuration?.maxStreamDuration),
    grpcTimeoutHeaderMaxMs: durationMs(maxStreamDuration?.grpcTimeoutHeaderMax),
    grpcTimeoutHeaderOffsetMs: durationMs(maxStreamDuration?.grpcTimeoutHeaderOffset) ?? 0,
    maxGrpcTimeoutMs: durationMs(action.maxGrpcTimeout),
    grpcTimeoutOffsetMs: durationMs(action.grpcTimeoutOffset) ?? 0,
  }
}

function compileRetries(
  action: RouteActionJson,
  path: string,
  { virtualHost, virtualHostPath, findings }: Scope,
): ClusterAction['retryPolicy'] {
  if (action.retryPolicy !== undefined) {
    return compileRetryPolicy(action.retryPolicy, `${path}.retryPolicy`, findings)
  }
  if (virtualHost.retryPolicy === undefined) return undefined
  return compileRetryPolicy(virtualHost.retryPolicy, `${virtualHostPath}.retryPolicy`, findings)
}

/** The policies of the most specific level that has some. */
function compileMirrors(action: RouteActionJson, path: string, scope: Scope): MirrorPolicy[] {
  const levels = [
    [action.requestMirrorPolicies, `${path}.`],
    [scope.virtualHost.requestMirrorPolicies, `${scope.virtualHostPath}.`],
    [scope.configuration.requestMirrorPolicies, ''],
  ] as const
  for (const [policies, at] of levels) {
    if (policies === undefined || policies.length === 0) continue
    return policies.map((policy, i) =>
      compileMirror(policy, `${at}requestMirrorPolicies[${i}]`, scope),
    )
  }
  return []
}

function compileMirror(policy: RequestMirrorPolicyJson, path: string, scope: Scope): MirrorPolicy {
  const { cluster, clusterHeader, runtimeFraction } = policy
  if (cluster === undefined && clusterHeader === undefined) {
    fault(scope.findings, path, 'expected cluster or clusterHeader, got neither')
  }
  if (cluster !== undefined) scope.clusters.add(cluster)
  return {
    cluster,
    clusterHeader: clusterHeader?.toLowerCase(),
    fraction:
      runtimeFraction === undefined
        ? { numerator: 100, denominator: 100 }
        : compileFraction(runtimeFraction, `${path}.runtimeFraction`, scope.findings),
    traceSampled: policy.traceSampled,
    appendShadowSuffix: policy.disableShadowHostSuffixAppend !== true,
    hostRewriteLiteral: policy.hostRewriteLiteral || undefined,
  }
}

/** The route's own, and the virtual host's if there are none or they are asked for as well. */
function rateLimits(action: RouteActionJson, { virtualHost }: Scope): readonly unknown[] {
  const own = action.rateLimits ?? []
  if (own.length > 0 && action.includeVhRateLimits !== true) return own
  return [...own, ...(virtualHost.rateLimits ?? [])]
}

/** The one namespace that balancers look at. */
function loadBalancingMetadata(
  metadata: MetadataJson | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const found = metadata?.filterMetadata?.['envoy.lb']
  return typeof found === 'object' && found !== null ? { ...found } : undefined
}
