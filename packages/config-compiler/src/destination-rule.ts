import {
  type DestinationRuleSpec,
  hostCovers,
  type MeshService,
  type Resource,
  resolveHost,
  type Snapshot,
  type Subset,
  type TrafficPolicy,
} from '@meshwright/mesh-config'
import { hostSpecificity, isPattern } from './host.ts'
import { labelsMatch } from './labels.ts'
import { configPath } from './names.ts'
import { oldestFirst } from './order.ts'
import type { MeshProxy } from './proxy.ts'
import { exportRank, isVisible } from './visibility.ts'

/** What destination rules say of one service, to one proxy. */
export interface DestinationRule {
  /** The resource that comes first in it, as Istio writes its path. */
  readonly config: string
  readonly trafficPolicy: TrafficPolicy | undefined
  readonly subsets: readonly Subset[]
}

/** Finds the rule for a service; the same service gives the same object. */
export type DestinationRuleOf = (service: MeshService) => DestinationRule | undefined

interface Candidate extends Resource<DestinationRuleSpec> {
  readonly host: string
}

/**
 * Builds the lookup of destination rules for a proxy.
 *
 * Looked for in the namespace of the proxy, then of the service, then in the root namespace; the
 * first that has any decides. For a proxy in the root namespace itself, only the rules kept there
 * come first: one for the whole mesh must not override that of a service. There, the narrowest host
 * wins, then a rule whose workload selector matches the proxy; several of the same host are merged,
 * the oldest leading: its traffic policy, and the subsets of all by their first occurrence.
 */
export function destinationRules(
  snapshot: Snapshot,
  proxy: MeshProxy,
  clusterDomain: string,
): DestinationRuleOf {
  const candidates = oldestFirst(snapshot.destinationRules).map((resource) => ({
    ...resource,
    host: resolveHost(resource.spec.host, resource.metadata.namespace, clusterDomain),
  }))
  const defaultExport = snapshot.mesh.defaultDestinationRuleExportTo
  const visible = candidates.filter(
    ({ metadata, spec }) =>
      isVisible(spec.exportTo ?? defaultExport, metadata.namespace, proxy.namespace) &&
      selects(spec, metadata.namespace, proxy),
  )
  const byNamespace = Map.groupBy(visible, ({ metadata }) => metadata.namespace)
  const rulesIn = new Map([...byNamespace].map(([name, rules]) => [name, byHost(rules)]))
  const root = snapshot.mesh.rootNamespace ?? 'istio-system'
  const ofProxy = byHost(
    (byNamespace.get(proxy.namespace) ?? []).filter(
      ({ spec, metadata }) =>
        proxy.namespace !== root ||
        spec.workloadSelector !== undefined ||
        exportRank(spec.exportTo ?? defaultExport, metadata.namespace) === 0,
    ),
  )
  const found = new Map<string, DestinationRule | undefined>()
  return (service) => {
    const key = `${service.namespace}/${service.hostname}`
    if (found.has(key)) return found.get(key)
    const rule =
      ofProxy(service.hostname) ??
      rulesIn.get(service.namespace)?.(service.hostname) ??
      rulesIn.get(root)?.(service.hostname)
    found.set(key, rule)
    return rule
  }
}

function selects(spec: DestinationRuleSpec, namespace: string, proxy: MeshProxy): boolean {
  const wanted = spec.workloadSelector?.matchLabels
  if (wanted === undefined) return true
  return namespace === proxy.namespace && labelsMatch(wanted, proxy.labels)
}

/** The lookup within one namespace. */
function byHost(candidates: readonly Candidate[]): (host: string) => DestinationRule | undefined {
  const exact = Map.groupBy(candidates, ({ host }) => host)
  const patterns = candidates.filter(({ host }) => isPattern(host))
  return (hostname) => {
    const wider = patterns.filter(({ host }) => host !== hostname && hostCovers(host, hostname))
    const matching = [...(exact.get(hostname) ?? []), ...wider]
    const narrowest = Math.max(...matching.map(({ host }) => hostSpecificity(host)))
    const pool = matching.filter(({ host }) => hostSpecificity(host) === narrowest)
    const selected = pool.filter(({ spec }) => spec.workloadSelector !== undefined)
    return merge(selected.length > 0 ? selected : pool)
  }
}

function merge(rules: readonly Candidate[]): DestinationRule | undefined {
  const [first] = rules
  if (first === undefined) return undefined
  const subsets = new Map<string, Subset>()
  for (const { spec } of rules) {
    for (const subset of spec.subsets ?? []) {
      if (!subsets.has(subset.name)) subsets.set(subset.name, subset)
    }
  }
  const { namespace, name } = first.metadata
  return {
    config: configPath('destination-rule', namespace, name),
    trafficPolicy: rules.find(({ spec }) => spec.trafficPolicy !== undefined)?.spec.trafficPolicy,
    subsets: [...subsets.values()],
  }
}
