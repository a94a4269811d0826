// Several clusters as one: the first that can serve does.
import { seededRandom } from '@meshwright/testkit'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { expect, test } from 'vitest'
import { Balanced, cluster, endpoint } from './balanced.ts'

const random = seededRandom(77)

function aggregate(name: string, clusters: readonly string[]): ClusterJson {
  return {
    name,
    connectTimeout: '1s',
    lbPolicy: 'CLUSTER_PROVIDED',
    clusterType: {
      name: 'envoy.clusters.aggregate',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig',
        clusters,
      },
    },
  }
}

const places = (healthy: readonly number[], unhealthy: readonly number[] = []): object[] => [
  {
    lbEndpoints: [
      ...healthy.map((it) => endpoint(it)),
      ...unhealthy.map((it) => endpoint(it, { healthStatus: 'UNHEALTHY' })),
    ],
  },
]

test('the first cluster serves as long as it can, then the next', async () => {
  await using on = new Balanced()
  const [a = 0, b = 0, c = 0] = await on.hosts(3)
  const all = aggregate('all', ['first', 'second'])
  const second = cluster('second', places([c]))
  await on.apply([all, cluster('first', places([a, b])), second], { random })
  expect(await on.tally(20)).toEqual({ '200 a': 10, '200 b': 10 })

  await on.apply([all, cluster('first', places([a], [b])), second])
  // One of two, with a factor of 1.4: 70 % of the traffic.
  const { '200 a': stays = 0, '200 c': spills = 0 } = await on.tally(300)
  expect(stays + spills).toBe(300)
  expect(spills).toBeGreaterThan(60)
  expect(spills).toBeLessThan(125)

  await on.apply([all, cluster('first', places([], [a, b])), second])
  expect(await on.tally(20)).toEqual({ '200 c': 20 })

  await on.apply([all, second])
  expect(await on.tally(20)).toEqual({ '200 c': 20 })
  await on.apply([all])
  expect(await on.tally(2)).toEqual({ '503 no healthy upstream': 2 })
})

test('requests count at the cluster that serves them, and leave no trace when they are over', async () => {
  await using on = new Balanced()
  const [a = 0] = await on.hosts(1)
  const limits = { thresholds: [{ maxRequests: 1, trackRemaining: true }] }
  const first = cluster('first', places([a]), { circuitBreakers: limits })
  await on.apply([aggregate('all', ['first']), first])
  expect(await on.tally(5)).toEqual({ '200 a': 5 })
  expect(on.stat('cluster.first.circuit_breakers.default.remaining_rq')).toBe(1)
})

test('an aggregate may be made of aggregates, even of itself', async () => {
  await using on = new Balanced()
  const [a = 0] = await on.hosts(1)
  const outer = aggregate('outer', ['inner', 'outer', 'absent'])
  const inner = aggregate('inner', ['outer', 'only'])
  await on.apply([outer, inner, cluster('only', places([a]))])
  expect(await on.tally(3)).toEqual({ '200 a': 3 })
})
