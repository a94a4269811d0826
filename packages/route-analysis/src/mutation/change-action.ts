import type {
  ClusterWeightJson,
  RetryPolicyJson,
  RouteActionJson,
  WeightedClusterJson,
} from '@meshwright/route-matcher'
import { type Change, dropped, within, withinEach, withMember } from './change.ts'
import { droppedMutations } from './change-headers.ts'
import { became } from './change-text.ts'

/** Every change of where a route sends a request, and how. `clusters` are those of the configuration. */
export function* changedAction(
  action: RouteActionJson,
  clusters: readonly string[],
): Generator<Change<RouteActionJson>> {
  if (action.cluster !== undefined) {
    yield* within(action, 'cluster', changedCluster(action.cluster, clusters))
  }
  if (action.weightedClusters !== undefined) {
    yield* within(action, 'weightedClusters', changedWeights(action.weightedClusters, clusters))
  }
  for (const key of rewrites) {
    if (action[key] === undefined || action[key] === false) continue
    yield* within(action, key, [dropped('dropped-rewrite', `rewrite ${key}`)])
  }
  yield* changedTimeouts(action)
  if (action.retryPolicy !== undefined) {
    yield* within(action, 'retryPolicy', changedRetries(action.retryPolicy))
  }
  const { requestMirrorPolicies = [], hashPolicy = [] } = action
  yield* within(
    action,
    'requestMirrorPolicies',
    withinEach(requestMirrorPolicies, ({ cluster = 'by header' }) => [
      dropped('dropped-mirror', `mirror ${cluster}`),
    ]),
  )
  yield* within(
    action,
    'hashPolicy',
    withinEach(hashPolicy, (_, i) => [dropped('dropped-hash-policy', `hash policy ${i}`)]),
  )
}

const rewrites = [
  'prefixRewrite',
  'regexRewrite',
  'pathRewritePolicy',
  'hostRewriteLiteral',
  'autoHostRewrite',
  'hostRewriteHeader',
  'hostRewritePathRegex',
] as const

/** The next cluster of the configuration, or one that it does not have if there is no other. */
function* changedCluster(cluster: string, clusters: readonly string[]): Generator<Change<string>> {
  const next = clusters[(clusters.indexOf(cluster) + 1) % Math.max(clusters.length, 1)]
  const value = next === undefined || next === cluster ? `${cluster}-mutant` : next
  yield { kind: 'changed-cluster', at: '', description: became(cluster, value), value }
}

function* changedWeights(
  weighted: WeightedClusterJson,
  names: readonly string[],
): Generator<Change<WeightedClusterJson>> {
  const { clusters = [] } = weighted
  yield* within(
    weighted,
    'clusters',
    withinEach(clusters, (cluster) => changedArm(cluster, names)),
  )
  for (const [i, cluster] of clusters.entries()) {
    const to = (i + 1) % clusters.length
    const next = clusters[to]
    const { weight = 0 } = cluster
    if (next === undefined || to === i || weight === 0) continue
    const { weight: other = 0 } = next
    const shifted = clusters
      .with(i, { ...cluster, weight: weight - 1 })
      .with(to, { ...next, weight: other + 1 })
    yield {
      kind: 'changed-weight',
      at: `clusters[${i}].weight`,
      description: `weights ${became(`${weight}/${other}`, `${weight - 1}/${other + 1}`)}`,
      value: { ...weighted, clusters: shifted },
    }
    if (weight === other || weight - 1 === other) continue
    const swapped = clusters.with(i, { ...cluster, weight: other }).with(to, { ...next, weight })
    yield {
      kind: 'changed-weight',
      at: `clusters[${i}].swapped`,
      description: `weights ${became(`${weight}/${other}`, `${other}/${weight}`)}`,
      value: { ...weighted, clusters: swapped },
    }
  }
}

function* changedArm(
  cluster: ClusterWeightJson,
  clusters: readonly string[],
): Generator<Change<ClusterWeightJson>> {
  if ((cluster.name ?? '') !== '') {
    yield* within(cluster, 'name', changedCluster(cluster.name ?? '', clusters))
  }
  if (cluster.hostRewriteLiteral !== undefined) {
    yield* within(cluster, 'hostRewriteLiteral', [
      dropped('dropped-rewrite', 'rewrite hostRewriteLiteral'),
    ])
  }
  yield* droppedMutations(cluster)
}

/** Each timeout a second longer, and without. */
function* changedTimeouts(action: RouteActionJson): Generator<Change<RouteActionJson>> {
  for (const key of ['timeout', 'idleTimeout'] as const) {
    const text = action[key]
    const value = text === undefined ? undefined : longer(text)
    if (text === undefined || value === undefined) continue
    yield {
      kind: 'changed-timeout',
      at: key,
      description: `${key}: ${became(text, value)}`,
      value: { ...action, [key]: value },
    }
    yield* within(action, key, [dropped('changed-timeout', key)])
  }
  if (action.maxStreamDuration !== undefined) {
    yield* within(action, 'maxStreamDuration', [dropped('changed-timeout', 'maxStreamDuration')])
  }
}

function longer(duration: string): string | undefined {
  const seconds = Number(duration.slice(0, -1))
  return Number.isFinite(seconds) ? `${Number((seconds + 1).toFixed(9))}s` : undefined
}

function* changedRetries(policy: RetryPolicyJson): Generator<Change<RetryPolicyJson | undefined>> {
  yield dropped('changed-retry', 'retry policy')
  const { numRetries, perTryTimeout, retryOn = '' } = policy
  const attempts = (numRetries ?? 1) + 1
  yield {
    kind: 'changed-retry',
    at: 'numRetries',
    description: `numRetries: ${became(numRetries ?? 1, attempts)}`,
    value: { ...policy, numRetries: attempts },
  }
  if (perTryTimeout !== undefined) {
    yield* within(policy, 'perTryTimeout', [dropped('changed-retry', 'perTryTimeout')])
  }
  const conditions = retryOn.split(',').filter((it) => it !== '')
  for (const [i, condition] of conditions.entries()) {
    yield {
      kind: 'changed-retry',
      at: `retryOn[${i}]`,
      description: `retryOn ${condition} dropped`,
      value: withMember(policy, 'retryOn', conditions.toSpliced(i, 1).join()),
    }
  }
}
