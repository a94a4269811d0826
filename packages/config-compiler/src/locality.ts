import type { LocalityLoadBalancerSetting, MeshConfig } from '@meshwright/mesh-config'
import type { Locality } from './proxy.ts'
import type { Policy } from './traffic-policy.ts'

/** Reads `region/zone/subzone`; missing parts are empty. */
export function parseLocality(text: string): Locality {
  const [region = '', zone = '', subZone = ''] = text.split('/')
  return { region, zone, subZone }
}

/** The share and the rank of one locality, as seen from a proxy. */
export interface LocalityRank {
  /** 0 is used first. */
  readonly priority: number
  /** The pattern of a distribution that covers the locality, and the share of all that it covers. */
  readonly share?: { readonly pattern: string; readonly percent: number }
}

/** Ranks a locality; nothing if it gets no traffic at all. */
export type RankLocality = (locality: Locality) => LocalityRank | undefined

/** The locality settings in force for a cluster, unless they are switched off. */
export function localitySetting(
  policy: Policy,
  mesh: MeshConfig,
): LocalityLoadBalancerSetting | undefined {
  const setting = policy.loadBalancer?.localityLbSetting ?? mesh.localityLbSetting ?? {}
  return setting.enabled === false ? undefined : setting
}

/** Whether `setting` distributes the traffic of a proxy at `from` by given shares. */
export function isDistributed(
  setting: LocalityLoadBalancerSetting | undefined,
  from: Locality,
): boolean {
  return distributionFrom(setting, from) !== undefined
}

/**
 * How localities rank from `from`, where the proxy runs.
 *
 * With a distribution, by its shares. Otherwise, if outlier detection tells when to fail over,
 * nearer localities first: the same subzone, zone, region, then the region named in `failover`,
 * then any other. Without either, or if the proxy does not say where it is, all are equal.
 */
export function rankLocalities(policy: Policy, mesh: MeshConfig, from: Locality): RankLocality {
  const setting = localitySetting(policy, mesh)
  const shares = distributionFrom(setting, from)
  if (shares !== undefined) return byShare(shares)
  const failsOver = setting !== undefined && policy.outlierDetection !== undefined
  if (!failsOver || from.region === '') return () => ({ priority: 0 })
  // Labels take the place of localities, unless regions are named as well.
  if (setting.failoverPriority?.length && !setting.failover?.length) return () => ({ priority: 0 })
  const failover = setting.failover?.find((entry) => entry.from === from.region)?.to
  return (locality) => ({ priority: distance(from, locality, failover) })
}

/**
 * How endpoints rank by the labels that they share with a proxy, where `failoverPriority` asks for that: 0 for all of them, and
 * the more of the first ones, the less. Undefined if nothing asks, or the proxy has no labels.
 */
export function rankLabels(
  policy: Policy,
  mesh: MeshConfig,
  own: Labels,
): ((labels: Labels) => number) | undefined {
  const setting = localitySetting(policy, mesh)
  const wanted = setting?.failoverPriority ?? []
  const failsOver = policy.outlierDetection !== undefined && setting?.distribute === undefined
  if (wanted.length === 0 || !failsOver || Object.keys(own).length === 0) return undefined
  const values = wanted.map((text) => wantedLabel(text, own))
  return (labels) => {
    const first = values.findIndex(([key, value]) => (labels[key] ?? '') !== value)
    return first === -1 ? 0 : values.length - first
  }
}

/** Labels, with those that a locality stands for, as Istio's registries add them. */
export function labelsAt(labels: Labels, { region, zone, subZone }: Locality): Labels {
  return {
    ...(region !== '' && { 'topology.kubernetes.io/region': region }),
    ...(zone !== '' && { 'topology.kubernetes.io/zone': zone }),
    ...(subZone !== '' && { 'topology.istio.io/subzone': subZone }),
    ...labels,
  }
}

type Labels = Readonly<Record<string, string>>

/** `key=value`, or `key` for what the proxy has. */
function wantedLabel(text: string, own: Labels): readonly [key: string, value: string] {
  const [key = '', value] = text.split('=', 2)
  return [key, value ?? own[key] ?? '']
}

function distributionFrom(
  setting: LocalityLoadBalancerSetting | undefined,
  from: Locality,
): Readonly<Record<string, number>> | undefined {
  if (from.region === '') return undefined
  return setting?.distribute?.find((entry) => covers(entry.from ?? '', from))?.to
}

function byShare(shares: Readonly<Record<string, number>>): RankLocality {
  // The most precise pattern decides, so that `region/zone` overrides `region/*`.
  const patterns = Object.entries(shares).sort(([a], [b]) => precision(b) - precision(a))
  return (locality) => {
    const [pattern, percent] = patterns.find(([text]) => covers(text, locality)) ?? []
    if (pattern === undefined || !percent) return undefined
    return { priority: 0, share: { pattern, percent } }
  }
}

function precision(pattern: string): number {
  return pattern.split('/').filter((part) => part !== '' && part !== '*').length
}

/** Whether `pattern` (`region/zone/*`, parts from the right may be missing) covers a locality. */
function covers(pattern: string, { region, zone, subZone }: Locality): boolean {
  const actual = [region, zone, subZone]
  return pattern.split('/').every((part, i) => part === '*' || part === (actual[i] ?? ''))
}

const elsewhere = 4

function distance(from: Locality, to: Locality, failover: string | undefined): number {
  if (from.region !== to.region) {
    return failover === undefined || failover === to.region ? elsewhere - 1 : elsewhere
  }
  if (from.zone !== to.zone) return 2
  return from.subZone === to.subZone ? 0 : 1
}
