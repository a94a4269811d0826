import { readdirSync } from 'node:fs'
import { slabsTaken } from '../../src/channel/slabs.ts'
import type { StatsStore } from '../../src/stats/stats-store.ts'

/** What the process holds open, as the system and Node count it. */
export interface Holdings {
  /** Open files and sockets of the process; Linux tells. */
  readonly descriptors: number | undefined
  /** What keeps Node running, by its kind: sockets, servers, timers, child processes. */
  readonly resources: ReadonlyMap<string, number>
  /** Buffers that belong to a write. */
  readonly slabs: number
}

/** Counts what the process holds now. */
export function holdings(): Holdings {
  const resources = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    if (kinds.test(kind)) resources.set(kind, (resources.get(kind) ?? 0) + 1)
  }
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : undefined
  return { descriptors, resources, slabs: slabsTaken() }
}

/** Others come and go with the test runner. */
const kinds = /^(TCP|TLS|Pipe|UDP|Process|Timeout|FSEvent|StatWatcher)/

/** What is held now beyond what was held before; nothing: an empty list. */
export function beyond(before: Holdings): readonly string[] {
  const now = holdings()
  const more: string[] = []
  const compare = (what: string, old = 0, current = 0): void => {
    if (current > old) more.push(`${what}: ${old} before, now ${current}`)
  }
  compare('descriptors', before.descriptors, now.descriptors)
  compare('slabs', before.slabs, now.slabs)
  for (const [kind, count] of now.resources) compare(kind, before.resources.get(kind), count)
  return more
}

/** Gauges of a proxy that has ended which are not zero. */
export function gaugesLeft(stats: StatsStore): readonly string[] {
  const left: string[] = []
  for (const { name, instrument } of stats.list()) {
    if (instrument.kind !== 'gauge' || instrument.value === 0 || ofConfiguration.test(name))
      continue
    left.push(`${name}: ${instrument.value}`)
  }
  return left
}

/** Gauges that say how things are configured or measured, not what is under way. */
const ofConfiguration =
  /\.membership_\w+$|\.remaining_\w+$|^(listener_manager|cluster_manager|server|overload)\./
