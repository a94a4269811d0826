import { describe, expect, test } from 'vitest'
import { leastRequest, peakEwma, random, roundRobin } from '../src/index.ts'
import { quantile, simulateQueues } from './queueing.ts'

// Ten hosts of 10 ms, one of them five times slower, at 60 % of what they can serve.
const options = {
  hosts: 10,
  serviceMs: 10,
  slowFactor: 5,
  utilization: 0.6,
  requests: 200_000,
  seed: 1,
}

const times = {
  'round robin': simulateQueues((hosts) => roundRobin(hosts), options),
  random: simulateQueues((hosts) => random(hosts), options),
  'least request': simulateQueues((hosts) => leastRequest(hosts), options),
  'peak EWMA': simulateQueues((hosts) => peakEwma(hosts), options),
}

describe('one slow host of ten', () => {
  test('round robin overloads it: its share of requests is more than it can serve', () => {
    // 10 % of the requests for 2 % of the capacity: the queue grows for as long as the run.
    expect(quantile(times['round robin'], 0.99)).toBeGreaterThan(10_000)
  })

  test('two choices and peak EWMA send it what it can take', () => {
    expect(quantile(times['least request'], 0.99)).toBeLessThan(200)
    expect(quantile(times['peak EWMA'], 0.99)).toBeLessThan(200)
  })
})

test('the simulation agrees with the theory of one queue: M/M/1 at 60 % waits 25 ms on average', () => {
  const alone = simulateQueues((hosts) => roundRobin(hosts), {
    ...options,
    hosts: 1,
    slowFactor: 1,
    requests: 400_000,
  })
  const mean = alone.reduce((sum, it) => sum + it, 0) / alone.length
  // 10 ms / (1 - 0.6).
  expect(Math.abs(mean - 25)).toBeLessThan(0.75)
})
