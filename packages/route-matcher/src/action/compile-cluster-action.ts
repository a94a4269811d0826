import type { UpgradeConfigJson } from '../config/action-config.ts'
import type { MetadataJson, RouteActionJson } from '../config/config.ts'
import { durationMs } from '../config/duration.ts'
import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'
import type { RateLimitJson } from '../config/rate-limit-config.ts'
import { oncePerHost } from '../table/once-per-host.ts'
import type { Scope } from '../table/scope.ts'
import type { ClusterAction, UpgradePolicy } from './action.ts'
import { compileHashPolicy } from './compile-hash-policy.ts'
import { compileMirrors } from './compile-mirrors.ts'
import { compileRateLimit } from './compile-rate-limit.ts'
import { compileRetryPolicy } from './compile-retry-policy.ts'
import type { HeaderMutations } from './header-mutations.ts'
import { compileInternalRedirect } from './internal-redirect-policy.ts'
import type { RateLimitPolicy } from './rate-limit.ts'

/** A route's action before a cluster is chosen: without its name and the changes of headers. */
export type ClusterActionBase = ClusterAction

const none: readonly HeaderMutations[] = []
const notFoundResponses = ['SERVICE_UNAVAILABLE', 'NOT_FOUND', 'INTERNAL_SERVER_ERROR'] as const
const statuses = {
  SERVICE_UNAVAILABLE: 503,
  NOT_FOUND: 404,
  INTERNAL_SERVER_ERROR: 500,
  '': 503,
} as const

/** Compiles everything of a route action but the choice of a cluster and the rewrites. */
export function compileClusterAction(
  action: RouteActionJson,
  path: string,
  scope: Scope,
): ClusterActionBase {
  const { findings } = scope
  const notFound = enumName(
    action.clusterNotFoundResponseCode,
    notFoundResponses,
    `${path}.clusterNotFoundResponseCode`,
    findings,
  )
  const priority = enumName(action.priority, ['DEFAULT', 'HIGH'], `${path}.priority`, findings)
  const hedge = action.hedgePolicy ?? scope.virtualHost.hedgePolicy
  const timeouts = compileTimeouts(action)
  // Every field by its name, those too that come later: a copy of an object of known shape costs little.
  return {
    kind: 'cluster',
    cluster: '',
    clusterNotFoundStatus: statuses[notFound],
    timeoutMs: timeouts.timeoutMs,
    idleTimeoutMs: timeouts.idleTimeoutMs,
    maxStreamDurationMs: timeouts.maxStreamDurationMs,
    grpcTimeoutHeaderMaxMs: timeouts.grpcTimeoutHeaderMaxMs,
    grpcTimeoutHeaderOffsetMs: timeouts.grpcTimeoutHeaderOffsetMs,
    maxGrpcTimeoutMs: timeouts.maxGrpcTimeoutMs,
    grpcTimeoutOffsetMs: timeouts.grpcTimeoutOffsetMs,
    retryPolicy: compileRetries(action, path, scope),
    hedgeOnPerTryTimeout: hedge?.hedgeOnPerTryTimeout === true,
    hashPolicies: (action.hashPolicy ?? []).map((policy, i) =>
      compileHashPolicy(policy, `${path}.hashPolicy[${i}]`, findings),
    ),
    mirrors: compileMirrors(action, path, scope),
    priority: priority === 'HIGH' ? 'high' : 'default',
    upgrades: compileUpgrades(action.upgradeConfigs ?? [], `${path}.upgradeConfigs`, findings),
    metadataMatch: loadBalancingMetadata(action.metadataMatch),
    requestHeaders: none,
    autoHostRewrite: action.autoHostRewrite === true,
    appendXForwardedHost: action.appendXForwardedHost === true,
    rateLimits: compileRateLimits(action, path, scope),
    internalRedirectPolicy: compileInternalRedirect(action, path, findings),
    flushTimeoutMs: durationMs(action.flushTimeout),
    earlyDataPolicy: action.earlyDataPolicy,
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
  scope: Scope,
): ClusterAction['retryPolicy'] {
  if (action.retryPolicy === undefined) return retriesOfHost(scope)
  return compileRetryPolicy(action.retryPolicy, `${path}.retryPolicy`, scope.findings)
}

const retriesOfHost = oncePerHost(({ virtualHost, virtualHostPath, findings }) =>
  virtualHost.retryPolicy === undefined
    ? undefined
    : compileRetryPolicy(virtualHost.retryPolicy, `${virtualHostPath}.retryPolicy`, findings),
)

/** The route's own, and the virtual host's if there are none or they are asked for as well. */
function compileRateLimits(
  action: RouteActionJson,
  path: string,
  scope: Scope,
): readonly RateLimitPolicy[] {
  const { rateLimits: own = [], includeVhRateLimits } = action
  if (own.length === 0) return rateLimitsOfHost(scope)
  const compiled = compileLimits(own, path, scope)
  return includeVhRateLimits === true ? [...compiled, ...rateLimitsOfHost(scope)] : compiled
}

const rateLimitsOfHost = oncePerHost((scope) =>
  compileLimits(scope.virtualHost.rateLimits ?? [], scope.virtualHostPath, scope),
)

function compileLimits(
  limits: readonly RateLimitJson[],
  path: string,
  { findings }: Scope,
): readonly RateLimitPolicy[] {
  return limits.map((limit, i) => compileRateLimit(limit, `${path}.rateLimits[${i}]`, findings))
}

/** A type is given once, and only CONNECT has something to connect. */
const upgradesOfNone: readonly UpgradePolicy[] = []

function compileUpgrades(
  upgrades: readonly UpgradeConfigJson[],
  path: string,
  findings: Findings,
): readonly UpgradePolicy[] {
  if (upgrades.length === 0) return upgradesOfNone
  const types = new Set<string>()
  return upgrades.map(({ upgradeType = '', enabled, connectConfig }, i) => {
    const type = upgradeType.toLowerCase()
    const at = `${path}[${i}]`
    if (type === '') fault(findings, `${at}.upgradeType`, 'expected a type, got none')
    if (types.has(type)) {
      const got = JSON.stringify(upgradeType)
      fault(findings, `${at}.upgradeType`, `expected a type of its own, got ${got} again`)
    }
    types.add(type)
    if (connectConfig !== undefined && type !== 'connect' && type !== 'connect-udp') {
      const got = JSON.stringify(upgradeType)
      fault(findings, `${at}.connectConfig`, `expected it with connect, got it with ${got}`)
    }
    return { type, enabled: enabled !== false, connectConfig }
  })
}

/** The one namespace that balancers look at. */
function loadBalancingMetadata(
  metadata: MetadataJson | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const found = metadata?.filterMetadata?.['envoy.lb']
  return typeof found === 'object' && found !== null ? { ...found } : undefined
}
