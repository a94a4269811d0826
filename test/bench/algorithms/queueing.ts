import { leastRequest, peakEwma, roundRobin } from '@meshwright/lb-algorithms'
import { quantile, simulateQueues } from '../../../packages/lb-algorithms/test/queueing.ts'
import type { Bar } from '../bar.ts'

/** Ten hosts that take 10 ms, one of them five times as long, at 60 % of what they can serve together; virtual time. */
export function queueingBars(): Bar[] {
  const options = {
    hosts: 10,
    serviceMs: 10,
    slowFactor: 5,
    utilization: 0.6,
    requests: 200_000,
    seed: 1,
  }
  const turns = simulateQueues((hosts) => roundRobin(hosts), options)
  const policies = {
    'P2C least request': simulateQueues((hosts) => leastRequest(hosts), options),
    'peak EWMA': simulateQueues((hosts) => peakEwma(hosts), options),
  }
  const told = (times: Float64Array): string =>
    `p50 ${quantile(times, 0.5).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms`
  return Object.entries(policies).map(([name, times]) => ({
    what: `${name}, p99 over that of round robin with one slow host of ten (simulated)`,
    unit: 'x',
    atMost: 0.01,
    measured: quantile(times, 0.99) / quantile(turns, 0.99),
    detail: `${told(times)}; round robin ${told(turns)}`,
  }))
}
