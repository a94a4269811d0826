import type { HeaderMutationJson, RequestMirrorPolicyJson } from '../config/action-config.ts'
import type { RouteActionJson } from '../config/config.ts'
import { type Findings, fault } from '../config/findings.ts'
import { oneOf } from '../config/one-of.ts'
import { canonicalStringMatcher } from '../predicate/canonical-matchers.ts'
import { compileFraction } from '../predicate/fraction.ts'
import { compileStringMatcher } from '../predicate/string-matcher.ts'
import { oncePerHost } from '../table/once-per-host.ts'
import type { Scope } from '../table/scope.ts'
import type { MirrorPolicy } from './action.ts'
import { compileAddition, headerName } from './compile-header-mutations.ts'
import type { HeaderMutation } from './header-mutation-list.ts'

/** The policies of the most specific level that has some: the route, the virtual host or the configuration. */
export function compileMirrors(
  action: RouteActionJson,
  path: string,
  scope: Scope,
): readonly MirrorPolicy[] {
  const { requestMirrorPolicies: own = [] } = action
  return own.length === 0 ? mirrorsOfHost(scope) : compilePolicies(own, `${path}.`, scope)
}

const mirrorsOfHost = oncePerHost((scope) => {
  const { virtualHost, virtualHostPath, configuration } = scope
  const { requestMirrorPolicies: own = [] } = virtualHost
  return own.length === 0
    ? compilePolicies(configuration.requestMirrorPolicies ?? [], '', scope)
    : compilePolicies(own, `${virtualHostPath}.`, scope)
})

function compilePolicies(
  policies: readonly RequestMirrorPolicyJson[],
  path: string,
  scope: Scope,
): readonly MirrorPolicy[] {
  return policies.map((policy, i) =>
    compileMirror(policy, `${path}requestMirrorPolicies[${i}]`, scope),
  )
}

function compileMirror(policy: RequestMirrorPolicyJson, path: string, scope: Scope): MirrorPolicy {
  const { cluster = '', clusterHeader = '', runtimeFraction } = policy
  const { findings } = scope
  if ((cluster === '') === (clusterHeader === '')) {
    const got = cluster === '' ? 'neither' : 'both'
    fault(findings, path, `expected cluster or clusterHeader, got ${got}`)
  }
  if (cluster !== '') scope.clusters.add(cluster)
  return {
    cluster: cluster || undefined,
    clusterHeader: clusterHeader.toLowerCase() || undefined,
    fraction:
      runtimeFraction === undefined
        ? { numerator: 100, denominator: 100 }
        : compileFraction(runtimeFraction, `${path}.runtimeFraction`, findings),
    runtimeKey: runtimeFraction?.runtimeKey || undefined,
    traceSampled: policy.traceSampled,
    appendShadowSuffix: policy.disableShadowHostSuffixAppend !== true,
    hostRewriteLiteral: policy.hostRewriteLiteral || undefined,
    requestHeadersMutations: (policy.requestHeadersMutations ?? []).map((mutation, i) =>
      compileMutation(mutation, `${path}.requestHeadersMutations[${i}]`, findings),
    ),
  }
}

function compileMutation(
  mutation: HeaderMutationJson,
  path: string,
  findings: Findings,
): HeaderMutation {
  oneOf(mutation, ['remove', 'append', 'removeOnMatch'], path, findings)
  const { remove, append, removeOnMatch } = mutation
  if (append !== undefined) {
    return { kind: 'add', addition: compileAddition(append, `${path}.append`, findings) }
  }
  if (removeOnMatch === undefined) {
    return { kind: 'remove', name: headerName(remove ?? '', `${path}.remove`, findings) }
  }
  const at = `${path}.removeOnMatch.keyMatcher`
  const matcher = removeOnMatch.keyMatcher ?? {}
  const { test } = compileStringMatcher(matcher, at, findings)
  return { kind: 'remove-matching', matcher: canonicalStringMatcher(matcher), matches: test }
}
