import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LogLinearHistogram } from './log-linear-histogram.ts'
import { statsPrometheus, statsText } from './stats-report.ts'
import { createStatsStore } from './stats-store.ts'

describe('Prometheus', () => {
  test.each([
    [
      'cluster.outbound|9080||reviews.default.svc.cluster.local',
      'upstream_rq_200',
      'envoy_cluster_upstream_rq{envoy_cluster_name="outbound|9080||reviews.default.svc.cluster.local",envoy_response_code="200"} 1',
    ],
    [
      'cluster.a',
      'upstream_rq_2xx',
      'envoy_cluster_upstream_rq_xx{envoy_cluster_name="a",envoy_response_code_class="2"} 1',
    ],
    [
      'http.inbound_0.0.0.0_80',
      'downstream_rq_total',
      'envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="inbound_0.0.0.0_80"} 1',
    ],
    ['tcp.a"b', 'downstream_cx_total', 'envoy_tcp_downstream_cx_total{envoy_tcp_prefix="a\\"b"} 1'],
    ['cluster_manager', 'cds.update_success', 'envoy_cluster_manager_cds_update_success{} 1'],
  ])('gets the labels of %s.%s', (scope, name, line) => {
    const store = createStatsStore()

    store.scope(scope).counter(name).inc()

    expect(statsPrometheus(store.list()).split('\n')).toContain(line)
  })

  test('gets the label of a whole name too', () => {
    const store = createStatsStore()

    store.counter('cluster.xds-grpc.update_success').inc(2)

    expect(statsPrometheus(store.list())).toBe(
      '# TYPE envoy_cluster_update_success counter\nenvoy_cluster_update_success{envoy_cluster_name="xds-grpc"} 2\n',
    )
  })

  test('gets cumulative buckets', () => {
    const store = createStatsStore()
    const times = store.scope('cluster.a').histogram('upstream_rq_time')

    for (const ms of [0, 1, 7, 7, 300, 9e9]) times.record(ms)

    const lines = statsPrometheus(store.list()).split('\n')
    const labels = 'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="a"'
    expect(lines).toContain(`${labels},le="0.5"} 1`)
    expect(lines).toContain(`${labels},le="10"} 4`)
    expect(lines).toContain(`${labels},le="3600000"} 5`)
    expect(lines).toContain(`${labels},le="+Inf"} 6`)
    expect(lines).toContain('envoy_cluster_upstream_rq_time_count{envoy_cluster_name="a"} 6')
  })
})

test('a name asked for twice is one instrument, by any way', () => {
  const store = createStatsStore()

  store.scope('http.a').counter('x').inc()
  store.scope('http').scope('a').counter('x').inc()
  store.counter('http.a.x').inc()

  expect(statsText(store.list())).toBe('http.a.x: 3\n')
})

test('quantiles are off by a tenth at most', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (values) => {
        const histogram = new LogLinearHistogram()
        for (const value of values) histogram.record(value)
        const sorted = [...values].sort((a, b) => a - b)
        const median = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0

        // The bin of the median spans at most a tenth of its lower edge.
        const found = histogram.quantile(0.5)
        expect(found).toBeGreaterThanOrEqual(median / 1.1001)
        expect(found).toBeLessThanOrEqual(median * 1.1001)
        expect(histogram.count).toBe(values.length)
      },
    ),
  )
})
