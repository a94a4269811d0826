import { HostSetError } from './errors.ts'
import type { Host, HostEntry, LocalityHosts } from './host-set.ts'
import { checkInteger } from './host-set-settings.ts'
import { compareLocalities, type Locality } from './locality.ts'

/** Labels of a workload. */
export type Labels = Readonly<Record<string, string>>

/** Istio: `localityLbSetting`. One of the three at most. */
export interface FailoverOptions {
  /** Where the caller is. */
  readonly from: Locality
  /** The region that follows one's own, by region. Istio: `failover`. */
  readonly failover?: Readonly<Record<string, string>>
  /** Labels (`key` or `key=value`) in order: the more of the first ones a host shares, the sooner it is used. Istio: `failoverPriority`. */
  readonly failoverPriority?: readonly string[]
  /** The caller's labels, for `failoverPriority`. Default: none. */
  readonly labels?: Labels
  /** Percent of the traffic by locality, `region/zone/sub-zone` with `*`; adds up to 100. Istio: `distribute`, the entry of the caller. */
  readonly distribute?: Readonly<Record<string, number>>
}

/**
 * Localities with priorities (and weights, for `distribute`) as Istio gives them: nearer ones first, without gaps. What was
 * given as priority is replaced. `labelsOf` tells the labels of a host, for `failoverPriority`.
 *
 * @throws {HostSetError} if more than one rule is given, or shares do not add up to 100.
 */
export function failoverPriorities<H extends Host>(
  localities: readonly LocalityHosts<H>[],
  options: FailoverOptions,
  labelsOf: (entry: HostEntry<H>) => Labels = () => ({}),
): LocalityHosts<H>[] {
  const { failover, failoverPriority, distribute } = options
  const rules = [failover, failoverPriority, distribute].filter((it) => it !== undefined).length
  if (rules > 1) {
    throw new HostSetError('failover', 'one of failover, failoverPriority, distribute', rules)
  }
  if (distribute !== undefined) return distributed(localities, distribute)
  if (failoverPriority !== undefined) {
    return withoutGaps(byLabels(localities, { ...options, failoverPriority }, labelsOf))
  }
  return withoutGaps(
    localities.map((it) => ({ ...it, priority: distance(it.locality ?? {}, options) })),
  )
}

const elsewhere = 3

/** 0 in the same sub-zone, 1 zone, 2 region, 3 elsewhere; with a failover region that is 3, and all others 4. */
function distance(to: Locality, { from, failover = {} }: FailoverOptions): number {
  if ((from.region ?? '') !== (to.region ?? '')) {
    const next = failover[from.region ?? '']
    return next === undefined || next === to.region ? elsewhere : elsewhere + 1
  }
  if ((from.zone ?? '') !== (to.zone ?? '')) return 2
  return (from.subZone ?? '') === (to.subZone ?? '') ? 0 : 1
}

/** Hosts of one locality part where they share different numbers of labels. */
function byLabels<H extends Host>(
  localities: readonly LocalityHosts<H>[],
  {
    failoverPriority,
    labels = {},
  }: FailoverOptions & { readonly failoverPriority: readonly string[] },
  labelsOf: (entry: HostEntry<H>) => Labels,
): LocalityHosts<H>[] {
  const wanted = failoverPriority.map((text) => wantedLabel(text, labels))
  const missing = (entry: HostEntry<H>): number => {
    const theirs = labelsOf(entry)
    // As Istio: a label that neither has is shared.
    const first = wanted.findIndex(([key, value]) => (theirs[key] ?? '') !== (value ?? ''))
    return first === -1 ? 0 : wanted.length - first
  }
  return localities.flatMap((locality) => {
    const parts = Map.groupBy(locality.hosts, missing)
    return [...parts].map(([priority, hosts]) => ({ ...locality, priority, hosts }))
  })
}

function wantedLabel(text: string, own: Labels): readonly [key: string, value: string | undefined] {
  const equals = text.indexOf('=')
  if (equals === -1) return [text, own[text]]
  return [text.slice(0, equals), text.slice(equals + 1)]
}

function withoutGaps<H extends Host>(
  localities: readonly (LocalityHosts<H> & { readonly priority: number })[] | LocalityHosts<H>[],
): LocalityHosts<H>[] {
  const used = new Set(localities.map(({ priority = 0 }) => priority))
  const ranks = new Map([...used].sort((a, b) => a - b).map((priority, rank) => [priority, rank]))
  return localities
    .map((it) => ({ ...it, priority: ranks.get(it.priority ?? 0) ?? 0 }))
    .sort((a, b) => a.priority - b.priority || compareLocalities(a.locality, b.locality))
}

/** Every locality gets the share of the most precise pattern that covers it, split by the weights of those it covers. */
function distributed<H extends Host>(
  localities: readonly LocalityHosts<H>[],
  shares: Readonly<Record<string, number>>,
): LocalityHosts<H>[] {
  for (const percent of Object.values(shares)) checkInteger('distribute', percent, [0, 100])
  const total = Object.values(shares).reduce((sum, percent) => sum + percent, 0)
  if (total !== 100) throw new HostSetError('distribute', 'shares that add up to 100', total)
  const patterns = Object.keys(shares).sort((a, b) => precision(b) - precision(a))
  const covered = Map.groupBy(localities, ({ locality = {} }) =>
    patterns.find((pattern) => covers(pattern, locality)),
  )
  return localities.flatMap((it) => {
    const pattern = patterns.find((one) => covers(one, it.locality ?? {}))
    const percent = pattern === undefined ? 0 : (shares[pattern] ?? 0)
    if (percent === 0) return []
    const sum = (covered.get(pattern) ?? []).reduce((weights, one) => weights + weightOf(one), 0)
    const weight = Math.max(1, Math.round((percent * precisionScale * weightOf(it)) / sum))
    return [{ ...it, priority: 0, weight }]
  })
}

/** Shares are percentages; weights are integers, so they carry some digits more. */
const precisionScale = 10_000

/** Hosts count where a locality has no weight. */
function weightOf({ weight = 0, hosts }: LocalityHosts<Host>): number {
  return weight > 0 ? weight : Math.max(1, hosts.length)
}

function precision(pattern: string): number {
  return pattern.split('/').filter((part) => part !== '' && part !== '*').length
}

function covers(pattern: string, { region = '', zone = '', subZone = '' }: Locality): boolean {
  const actual = [region, zone, subZone]
  return pattern.split('/').every((part, i) => part === '*' || part === (actual[i] ?? ''))
}
