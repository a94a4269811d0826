// A host that joins takes its share little by little.
import { ManualClock } from '@meshwright/testkit'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { expect, test } from 'vitest'
import {
  type ApplyOptions,
  assignment,
  Balanced,
  edsCluster,
  endpoint,
  policy,
} from './balanced.ts'

const slowStartConfig = { slowStartWindow: '10s' }

test.each<[string, Partial<ClusterJson>]>([
  ['round robin', { roundRobinLbConfig: { slowStartConfig } }],
  ['least request', { lbPolicy: 'LEAST_REQUEST', leastRequestLbConfig: { slowStartConfig } }],
  [
    'the round robin policy',
    { loadBalancingPolicy: policy('round_robin.v3.RoundRobin', { slowStartConfig }) },
  ],
])(
  'with %s the share of a new host rises with its time from a tenth to the whole',
  async (_, more) => {
    await using on = new Balanced()
    const time = new ManualClock()
    const [a = 0, b = 0] = await on.hosts(2)
    const clusters = [edsCluster('c', more)]
    const of = (...ports: number[]): ApplyOptions => ({
      endpoints: [
        assignment(
          'c',
          ports.map((it) => endpoint(it)),
        ),
      ],
    })
    await on.apply(clusters, { ...of(a), clock: time, timers: time })
    await on.tally(1)
    time.advance(60_000)
    await on.apply(clusters, of(a, b))

    // Weights 1 and f: the share of b is f / (1 + f).
    const shareOfB = async (): Promise<number> => ((await on.tally(110))['200 b'] ?? 0) / 110
    expect(await shareOfB()).toBeCloseTo(0.1 / 1.1, 1)
    time.advance(5000)
    expect(await shareOfB()).toBeCloseTo(0.5 / 1.5, 1)
    time.advance(5001)
    expect(await shareOfB()).toBeCloseTo(0.5, 1)
  },
)

test('aggression and the least weight shape the rise', async () => {
  await using on = new Balanced()
  const time = new ManualClock()
  const [a = 0, b = 0] = await on.hosts(2)
  const clusters = [
    edsCluster('c', {
      roundRobinLbConfig: {
        slowStartConfig: {
          slowStartWindow: '100s',
          aggression: { defaultValue: 2, runtimeKey: 'a' },
          minWeightPercent: { value: 30 },
        },
      },
    }),
  ]
  const first = assignment('c', [endpoint(a)])
  await on.apply(clusters, { endpoints: [first], clock: time, timers: time })
  await on.tally(1)
  time.advance(200_000)
  await on.apply(clusters, { endpoints: [assignment('c', [endpoint(a), endpoint(b)])] })
  const shareOfB = async (): Promise<number> => ((await on.tally(130))['200 b'] ?? 0) / 130
  expect(await shareOfB()).toBeCloseTo(0.3 / 1.3, 1)
  time.advance(25_000)
  // The square root of a quarter is a half.
  expect(await shareOfB()).toBeCloseTo(0.5 / 1.5, 1)
})
