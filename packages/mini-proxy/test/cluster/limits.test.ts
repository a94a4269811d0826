// What keeps load off hosts: limits of each, requests dropped for the control plane, bounded loads.
import { seededRandom } from '@meshwright/testkit'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { expect, test } from 'vitest'
import { compileCluster } from '../../src/cluster/compile-cluster.ts'
import { assignment, Balanced, cluster, edsCluster, endpoint, policy } from './balanced.ts'

const random = seededRandom(5)

function answerAll(waiting: (() => void)[]): void {
  for (const answer of waiting.splice(0)) answer()
}

test('no host gets more connections than per_host_thresholds allows', async () => {
  await using on = new Balanced()
  const waiting: (() => void)[] = []
  let most = 0
  const slow = await on.host('slow', (_request, response) => {
    waiting.push(() => response.end('slow'))
    most = Math.max(most, waiting.length)
    if (waiting.length === 2) setImmediate(() => answerAll(waiting))
  })
  const circuitBreakers = { perHostThresholds: [{ maxConnections: 2 }] }
  await on.apply([cluster('c', [{ lbEndpoints: [endpoint(slow)] }], { circuitBreakers })])

  const answers = await Promise.all(Array.from({ length: 10 }, () => on.ask()))
  expect(answers).toEqual(Array.from({ length: 10 }, () => '200 slow'))
  expect(most).toBe(2)
  expect(on.stat('cluster.c.upstream_cx_total')).toBe(2)
  expect(on.stat('cluster.c.upstream_cx_overflow')).toBeGreaterThan(0)
})

test('per_host_thresholds has no other limits', () => {
  const circuitBreakers = { perHostThresholds: [{ maxRequests: 2 }] }
  expect(() => compileCluster(cluster('c', [], { circuitBreakers }))).toThrow('maxRequests')
})

test('requests are dropped as the control plane says', async () => {
  await using on = new Balanced()
  const [a = 0] = await on.hosts(1)
  const dropping = (numerator: number): object => ({
    ...assignment('c', [endpoint(a)]),
    policy: { dropOverloads: [{ category: 'lb', dropPercentage: { numerator } }] },
  })
  const clusters = [edsCluster('c')]
  await on.apply(clusters, { endpoints: [dropping(30)], random })
  const { '503 drop overload': dropped = 0, '200 a': passed = 0 } = await on.tally(400)
  expect(dropped + passed).toBe(400)
  expect(dropped).toBeGreaterThan(85)
  expect(dropped).toBeLessThan(155)
  expect(on.stat('cluster.c.upstream_rq_drop_overload')).toBe(dropped)

  await on.apply(clusters, { endpoints: [dropping(100)] })
  expect(await on.tally(10)).toEqual({ '503 drop overload': 10 })
  await on.apply(clusters, { endpoints: [dropping(0)] })
  expect(await on.tally(10)).toEqual({ '200 a': 10 })
})

test.each<[string, Partial<ClusterJson>]>([
  [
    'ring hash',
    {
      lbPolicy: 'RING_HASH',
      commonLbConfig: { consistentHashingLbConfig: { hashBalanceFactor: 150 } },
    },
  ],
  [
    'the Maglev policy',
    {
      loadBalancingPolicy: policy('maglev.v3.Maglev', {
        consistentHashingLbConfig: { hashBalanceFactor: 150 },
      }),
    },
  ],
])(
  'with %s what is too much for one host goes to others, and without a bound it does not',
  async (_, more) => {
    const most = async (config: Partial<ClusterJson>): Promise<number[]> => {
      await using on = new Balanced()
      const seen = [0, 0, 0, 0]
      const waiting: (() => void)[] = []
      const ports = await Promise.all(
        seen.map((_none, i) =>
          on.host(`${i}`, (_request, response) => {
            seen[i] = (seen[i] ?? 0) + 1
            waiting.push(() => response.end())
            if (waiting.length === 16) for (const end of waiting) end()
          }),
        ),
      )
      const places = [{ lbEndpoints: ports.map((it) => endpoint(it)) }]
      await on.apply([cluster('c', places, config)], {
        route: { hashPolicy: [{ header: { headerName: 'x-key' } }] },
      })
      const answers: Promise<string>[] = []
      for (let i = 0; i < 16; i++) {
        answers.push(on.ask('/', { 'x-key': 'the same' }))
        while (seen.reduce((sum, it) => sum + it) <= i)
          await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(answers)
      return seen.sort((a, b) => b - a)
    }

    const [first = 0, ...others] = await most(more)
    // 150 % of a quarter of 17.
    expect(first).toBeLessThanOrEqual(7)
    expect(others.filter((it) => it > 0).length).toBeGreaterThan(1)
    expect(await most({ lbPolicy: 'RING_HASH' })).toEqual([16, 0, 0, 0])
  },
)

test('where hosts come or go, those that stay get new connections if the cluster asks for that', async () => {
  const connections = async (closeConnectionsOnHostSetChange: boolean): Promise<number> => {
    await using on = new Balanced()
    const [a = 0, b = 0] = await on.hosts(2)
    const clusters = [edsCluster('c', { commonLbConfig: { closeConnectionsOnHostSetChange } })]
    const unhealthy = endpoint(b, { healthStatus: 'UNHEALTHY' })
    await on.apply(clusters, { endpoints: [assignment('c', [endpoint(a)])] })
    await on.tally(3)
    await on.apply(clusters, { endpoints: [assignment('c', [endpoint(a), unhealthy])] })
    expect(await on.tally(3)).toEqual({ '200 a': 3 })
    // The same hosts in another state are no change.
    await on.apply(clusters, { endpoints: [assignment('c', [endpoint(a), unhealthy])] })
    await on.tally(3)
    return on.stat('cluster.c.upstream_cx_total') ?? 0
  }
  expect(await connections(false)).toBe(1)
  expect(await connections(true)).toBe(2)
})
