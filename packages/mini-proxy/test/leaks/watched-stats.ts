import type { StatsStore } from '../../src/stats/stats-store.ts'

const ended = new Set<StatsStore>()

/** The proxy that counts here is closed: the check after the test looks at its gauges. */
export function watchEnded(stats: StatsStore): void {
  ended.add(stats)
}

/** Those since the last time. */
export function takeEnded(): readonly StatsStore[] {
  const all = [...ended]
  ended.clear()
  return all
}
