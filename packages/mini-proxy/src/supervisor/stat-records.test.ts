import { expect, test } from 'vitest'
import { createStatsStore, type StatsStore } from '../stats/stats-store.ts'
import { mergeStats, recordStats, withoutGauges } from './stat-records.ts'

function counted(fill: (stats: StatsStore) => void): ReturnType<typeof recordStats> {
  const stats = createStatsStore()
  fill(stats)
  // As they come out at the other end.
  return structuredClone(recordStats(stats.list()))
}

function value(stats: ReturnType<typeof mergeStats>, name: string): number | undefined {
  const instrument = stats.find((it) => it.name === name)?.instrument
  return instrument?.kind === 'histogram' ? undefined : instrument?.value
}

const one = counted((stats) => {
  stats.counter('cluster.a.upstream_rq_total').inc(3)
  stats.gauge('cluster.a.upstream_rq_active').set(2)
  stats.gauge('cluster.a.membership_total').set(5)
  stats.gauge('listener_manager.total_listeners_active').set(1)
  stats.histogram('cluster.a.upstream_rq_time').record(10)
})
const two = counted((stats) => {
  stats.counter('cluster.a.upstream_rq_total').inc(4)
  stats.gauge('cluster.a.upstream_rq_active').set(1)
  stats.gauge('cluster.a.membership_total').set(5)
  stats.gauge('listener_manager.total_listeners_active').set(1)
  stats.histogram('cluster.a.upstream_rq_time').record(30)
  stats.counter('only.here').inc()
})

test('what each process has adds up, what all say alike counts once', () => {
  const merged = mergeStats([one, two])

  expect(value(merged, 'cluster.a.upstream_rq_total')).toBe(7)
  expect(value(merged, 'cluster.a.upstream_rq_active')).toBe(3)
  expect(value(merged, 'cluster.a.membership_total')).toBe(5)
  expect(value(merged, 'listener_manager.total_listeners_active')).toBe(1)
  expect(value(merged, 'only.here')).toBe(1)
  expect(merged.map((it) => it.name)).toEqual(merged.map((it) => it.name).sort())
  expect(merged.find((it) => it.name === 'only.here')?.instrument.used).toBe(true)
})

test('histograms merge as if one process had recorded everything', () => {
  const [merged] = mergeStats([one, two]).filter((it) => it.instrument.kind === 'histogram')

  const histogram =
    merged?.instrument.kind === 'histogram' ? merged.instrument.histogram : undefined
  expect([histogram?.count, histogram?.sum]).toEqual([2, 40])
  expect(histogram?.countUpTo(15)).toBe(1)
})

test('who has ended leaves what it counted and nothing that it held', () => {
  const past = recordStats(mergeStats([withoutGauges(one)]))
  const merged = mergeStats([past, two])

  expect(value(merged, 'cluster.a.upstream_rq_total')).toBe(7)
  expect(value(merged, 'cluster.a.upstream_rq_active')).toBe(1)
})
