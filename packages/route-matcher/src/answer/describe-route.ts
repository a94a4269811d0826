import { compileHeaderMutations } from '../action/compile-header-mutations.ts'
import { compileDirectResponse } from '../action/direct-response.ts'
import { describeHostRewrite } from '../action/host-rewrite.ts'
import { describeRedirect } from '../action/redirect.ts'
import type { ClusterWeightJson, WeightedClusterJson } from '../config/action-config.ts'
import type { RouteActionJson } from '../config/config.ts'
import { withoutUndefined } from '../config/without-undefined.ts'
import type { RouteContext } from '../table/route-context.ts'
import type { Scope } from '../table/scope.ts'
import { describeClusterAction } from './describe-cluster-action.ts'
import { describeCorsOf, describeLevels } from './describe-levels.ts'
import type { AnswerBase, ClusterAnswer, ClusterChoice, RouteAnswer } from './route-answer.ts'

/**
 * Works out everything that a compiled route does, as data; linear in the size of the route.
 *
 * The route compiled without a fault before, so that what compiling parts of it again would find is not looked at.
 */
export function describeRoute(context: RouteContext, outer: Scope): RouteAnswer {
  const scope = quiet(outer)
  const answer = describeAction(context, scope)
  const names = printedNames(JSON.stringify(answer), context, scope)
  return names === undefined ? answer : { ...answer, printedNames: names }
}

function describeAction(context: RouteContext, scope: Scope): RouteAnswer {
  const { route, matched, path } = context
  const base = describeBase(context, scope)
  if (route.route !== undefined) return describeCluster(context, scope, base)
  const levels = describeLevels(context, scope)
  const shared = {
    ...base,
    responseHeaders: levels.responseHeaders,
    filterConfigs: levels.filterConfigs,
  }
  if (route.redirect !== undefined) {
    return { kind: 'redirect', ...shared, ...describeRedirect(route.redirect, matched) }
  }
  if (route.directResponse === undefined) return { kind: 'non-forwarding', ...shared }
  const { status, body, bodyFormat } = compileDirectResponse(
    route.directResponse,
    Number.POSITIVE_INFINITY,
    path,
    scope.findings,
  )
  const text = typeof body === 'object' ? asText(body) : body
  return {
    kind: 'direct-response',
    ...shared,
    ...withoutUndefined({ status, body: text, bodyFormat }),
  }
}

/** Bytes that are ASCII say the same as text. */
function asText(bytes: Uint8Array): string | { readonly bytes: readonly number[] } {
  const isAscii = bytes.every((byte) => byte < 0x80)
  return isAscii ? String.fromCharCode(...bytes) : { bytes: [...bytes] }
}

function describeCluster(context: RouteContext, scope: Scope, base: AnswerBase): ClusterAnswer {
  const { route = {} } = context.route
  const { weightedClusters, cluster, clusterHeader } = route
  const alone: ClusterWeightJson = withoutUndefined({ name: cluster, clusterHeader, weight: 1 })
  const listed = weightedClusters?.clusters ?? [alone]
  // With runtime keys any entry may come to weigh something, and each by itself.
  const overridable = listed.length > 1 && Boolean(weightedClusters?.runtimeKeyPrefix)
  const given = listed.filter(({ weight = 0 }) => overridable || weight > 0)
  const described = given.map((weight) => describeChoice(weight, context, scope))
  const choices = overridable ? described : mergeNeighbours(described)
  const [first] = choices
  const isChoice = choices.length > 1
  return {
    kind: 'cluster',
    ...base,
    ...describeClusterAction(route, context, scope),
    clusters: isChoice || first === undefined ? choices : [{ ...first, weight: 1 }],
    totalWeight: isChoice ? choices.reduce((sum, { weight }) => sum + weight, 0) : 1,
    ...(isChoice ? describeDraw(weightedClusters ?? {}, route) : {}),
  }
}

function describeDraw(
  { headerName = '', useHashPolicy, runtimeKeyPrefix }: WeightedClusterJson,
  { hashPolicy = [] }: RouteActionJson,
): Pick<ClusterAnswer, 'drawFrom' | 'runtimeKeyPrefix'> {
  // Without a policy there is nothing to hash, and the draw counts.
  const hashes = useHashPolicy === true && hashPolicy.length > 0
  const byHash = hashes ? { hashPolicy: true as const } : undefined
  return withoutUndefined({
    drawFrom: headerName === '' ? byHash : { header: headerName.toLowerCase() },
    runtimeKeyPrefix: runtimeKeyPrefix || undefined,
  })
}

function describeChoice(
  weight: ClusterWeightJson,
  context: RouteContext,
  scope: Scope,
): ClusterChoice {
  const { name = '', clusterHeader } = weight
  const weightMutations = compileHeaderMutations(weight, '', scope.findings)
  const { route = {} } = context.route
  const own = weight.metadataMatch?.filterMetadata?.['envoy.lb']
  const shared = route.metadataMatch?.filterMetadata?.['envoy.lb']
  const metadataMatch = { ...asObject(shared), ...asObject(own) }
  return withoutUndefined({
    cluster: name === '' ? undefined : name,
    clusterHeader: name === '' ? (clusterHeader ?? '').toLowerCase() : undefined,
    weight: weight.weight ?? 0,
    hostRewrite: describeHostRewrite(route, weight.hostRewriteLiteral),
    metadataMatch: Object.keys(metadataMatch).length === 0 ? undefined : metadataMatch,
    cors: describeCorsOf(context, scope, weight),
    ...describeLevels(context, scope, { weight, weightMutations }),
  })
}

/** Equal answers for draws that follow one another are one answer. */
function mergeNeighbours(choices: readonly ClusterChoice[]): ClusterChoice[] {
  const merged: ClusterChoice[] = []
  for (const choice of choices) {
    const last = merged.at(-1)
    if (last === undefined || !sameButWeight(last, choice)) merged.push(choice)
    else merged[merged.length - 1] = { ...last, weight: last.weight + choice.weight }
  }
  return merged
}

function sameButWeight(one: ClusterChoice, other: ClusterChoice): boolean {
  return JSON.stringify({ ...one, weight: 0 }) === JSON.stringify({ ...other, weight: 0 })
}

function describeBase({ info }: RouteContext, { virtualHostInfo }: Scope): AnswerBase {
  const { statPrefix, decorator, tracing } = info
  const telemetry = withoutUndefined({ statPrefix, decorator, tracing })
  return withoutUndefined({
    metadata: unlessEmpty(info.metadata),
    virtualHostMetadata: unlessEmpty(virtualHostInfo.metadata),
    telemetry: unlessEmpty(telemetry),
  })
}

function printedNames(
  answer: string,
  { info }: RouteContext,
  { virtualHostInfo }: Scope,
): AnswerBase['printedNames'] {
  const route = answer.includes('%ROUTE_NAME%') ? info.name : undefined
  const virtualHost = answer.includes('%VIRTUAL_HOST_NAME%') ? virtualHostInfo.name : undefined
  return unlessEmpty(withoutUndefined({ route, virtualHost }))
}

function unlessEmpty<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

function quiet(scope: Scope): Scope {
  return {
    ...scope,
    clusters: new Set(),
    findings: { ...scope.findings, faults: [], warnings: [], mends: [] },
  }
}
