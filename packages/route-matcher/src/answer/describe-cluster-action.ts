import type { MirrorPolicy } from '../action/action.ts'
import { type ClusterActionBase, compileClusterAction } from '../action/compile-cluster-action.ts'
import type { HashPolicy } from '../action/hash-policy.ts'
import type { RateLimitPolicy } from '../action/rate-limit.ts'
import type { RetryPolicy } from '../action/retry-policy.ts'
import { describePathRewrite } from '../action/rewrite.ts'
import type { HashPolicyJson, RetryPolicyJson } from '../config/action-config.ts'
import type { RouteActionJson } from '../config/config.ts'
import { withoutUndefined } from '../config/without-undefined.ts'
import { canonicalHeaderMatcher, canonicalRegexRewrite } from '../predicate/canonical-matchers.ts'
import type { RouteContext } from '../table/route-context.ts'
import type { Scope } from '../table/scope.ts'
import type {
  ClusterAnswer,
  HashAnswer,
  MirrorAnswer,
  RateLimitAnswer,
  RetryAnswer,
} from './route-answer.ts'

type Described = Omit<
  ClusterAnswer,
  'kind' | 'clusters' | 'totalWeight' | 'drawFrom' | 'runtimeKeyPrefix'
>

/** Everything of a route action but the choice of a cluster, as data. */
export function describeClusterAction(
  action: RouteActionJson,
  context: RouteContext,
  scope: Scope,
): Described {
  const base = compileClusterAction(action, '', scope)
  const { virtualHostInfo, virtualHost } = scope
  const { retryPolicy } = base
  const retryJson = action.retryPolicy ?? virtualHost.retryPolicy ?? {}
  return withoutUndefined({
    ...timeoutsOf(base),
    clusterNotFoundStatus: base.clusterNotFoundStatus,
    pathRewrite: describePathRewrite(action, context.matched),
    appendXForwardedHost: base.appendXForwardedHost,
    retryPolicy: retryPolicy === undefined ? undefined : describeRetry(retryJson, retryPolicy),
    hedgeOnPerTryTimeout: base.hedgeOnPerTryTimeout,
    hashPolicies: base.hashPolicies.map((policy, i) =>
      describeHash(policy, action.hashPolicy?.[i]),
    ),
    mirrors: base.mirrors.map(describeMirror),
    priority: base.priority,
    upgrades: base.upgrades.map(withoutUndefined),
    rateLimits: base.rateLimits.map(describeRateLimit),
    internalRedirectPolicy: base.internalRedirectPolicy,
    earlyDataPolicy: base.earlyDataPolicy,
    bufferLimitBytes: context.info.bufferLimitBytes,
    includeRequestAttemptCount: virtualHostInfo.includeRequestAttemptCount,
    includeAttemptCountInResponse: virtualHostInfo.includeAttemptCountInResponse,
    includeIsTimeoutRetryHeader: virtualHostInfo.includeIsTimeoutRetryHeader,
  })
}

function timeoutsOf(
  base: ClusterActionBase,
): Pick<
  ClusterActionBase,
  | 'timeoutMs'
  | 'idleTimeoutMs'
  | 'flushTimeoutMs'
  | 'maxStreamDurationMs'
  | 'grpcTimeoutHeaderMaxMs'
  | 'grpcTimeoutHeaderOffsetMs'
  | 'maxGrpcTimeoutMs'
  | 'grpcTimeoutOffsetMs'
> {
  return {
    timeoutMs: base.timeoutMs,
    idleTimeoutMs: base.idleTimeoutMs,
    flushTimeoutMs: base.flushTimeoutMs,
    maxStreamDurationMs: base.maxStreamDurationMs,
    grpcTimeoutHeaderMaxMs: base.grpcTimeoutHeaderMaxMs,
    grpcTimeoutHeaderOffsetMs: base.grpcTimeoutHeaderOffsetMs,
    maxGrpcTimeoutMs: base.maxGrpcTimeoutMs,
    grpcTimeoutOffsetMs: base.grpcTimeoutOffsetMs,
  }
}

function describeRetry(json: RetryPolicyJson, policy: RetryPolicy): RetryAnswer {
  return withoutUndefined({
    retryOn: [...new Set(policy.retryOn)].sort(),
    numRetries: policy.numRetries,
    perTryTimeoutMs: policy.perTryTimeoutMs,
    perTryIdleTimeoutMs: policy.perTryIdleTimeoutMs,
    hostPredicates: policy.hostPredicateConfigs,
    optionsPredicates: policy.optionsPredicates,
    priority: policy.retryPriority,
    hostSelectionMaxAttempts: policy.hostSelectionMaxAttempts,
    retriableStatusCodes: [...new Set(policy.retriableStatusCodes)].sort((a, b) => a - b),
    backOff: policy.backOff,
    rateLimitedBackOff: policy.rateLimitedBackOff,
    retriableHeaders: (json.retriableHeaders ?? []).map(canonicalHeaderMatcher),
    retriableRequestHeaders: (json.retriableRequestHeaders ?? []).map(canonicalHeaderMatcher),
  })
}

function describeMirror(policy: MirrorPolicy): MirrorAnswer {
  const requestHeadersMutations = policy.requestHeadersMutations.map((mutation) =>
    mutation.kind === 'remove-matching'
      ? { kind: mutation.kind, matcher: mutation.matcher }
      : mutation,
  )
  return withoutUndefined({ ...policy, requestHeadersMutations })
}

function describeRateLimit({ actions, ...policy }: RateLimitPolicy): RateLimitAnswer {
  return {
    ...withoutUndefined(policy),
    actions: actions.map(({ kind, settings }) => ({ kind, settings })),
  }
}

function describeHash(policy: HashPolicy, json: HashPolicyJson = {}): HashAnswer {
  const { kind, name, terminal, cookie } = policy
  const rewrite = json.header?.regexRewrite
  return withoutUndefined({
    kind,
    name,
    terminal,
    cookie,
    regexRewrite: rewrite === undefined ? undefined : canonicalRegexRewrite(rewrite),
  })
}
