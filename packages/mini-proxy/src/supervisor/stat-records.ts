import { LogLinearHistogram } from '../stats/log-linear-histogram.ts'
import type { StatTag } from '../stats/stat-tags.ts'
import type { Stat } from '../stats/stats-store.ts'

/** An instrument as one process sends it to another. */
export interface StatRecord {
  readonly name: string
  readonly baseName: string
  readonly tags: readonly StatTag[]
  readonly used: boolean
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Of a counter or gauge. */
  readonly value: number
  /** Of a histogram. */
  readonly bins: readonly (readonly [bin: number, count: number])[]
}

export function recordStats(stats: readonly Stat[]): StatRecord[] {
  return stats.map(({ name, baseName, tags, instrument }) => {
    const { kind, used } = instrument
    const isHistogram = instrument.kind === 'histogram'
    return {
      name,
      baseName,
      tags,
      kind,
      used,
      value: isHistogram ? instrument.histogram.sum : instrument.value,
      bins: isHistogram ? instrument.histogram.bins : [],
    }
  })
}

/** What a process that has ended leaves behind: what it counted, and nothing of what it held. */
export function withoutGauges(records: readonly StatRecord[]): StatRecord[] {
  return records.filter((it) => it.kind !== 'gauge')
}

/**
 * The instruments of several processes as one. Counters and histograms add up, and so do gauges of what each process has
 * for itself; any other gauge says the same everywhere, and the highest counts.
 */
export function mergeStats(sources: Iterable<readonly StatRecord[]>): Stat[] {
  const merged = new Map<string, Stat>()
  for (const records of sources) {
    for (const record of records) {
      merged.set(record.name, {
        name: record.name,
        baseName: record.baseName,
        tags: record.tags,
        instrument: mergedWith(merged.get(record.name)?.instrument, record),
      })
    }
  }
  return [...merged.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Connections, requests, upgrades, whatever waits, and what is left of limits. */
const ownGauge = /(?:_cx_|_rq_|upgrades_|pre_cx_)\w*active$|_active_?$|remaining_/
/** Of configuration: the same in every process. */
const sharedGauge = /(?:^|\.)(?:listener_manager|cluster_manager|server|control_plane)\./

function mergedWith(
  before: Stat['instrument'] | undefined,
  record: StatRecord,
): Stat['instrument'] {
  const used = record.used || before?.used === true
  if (record.kind === 'histogram') {
    const histogram = before?.kind === 'histogram' ? before.histogram : new LogLinearHistogram()
    histogram.add(record.bins, record.value)
    return { kind: 'histogram', histogram, used }
  }
  const value = before === undefined || before.kind === 'histogram' ? undefined : before.value
  if (value === undefined) return { kind: record.kind, value: record.value, used }
  const adds =
    record.kind === 'counter' || (ownGauge.test(record.name) && !sharedGauge.test(record.name))
  return {
    kind: record.kind,
    value: adds ? value + record.value : Math.max(value, record.value),
    used,
  }
}
