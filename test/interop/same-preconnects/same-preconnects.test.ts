// Requests begun and answered at random: after every step each host has seen as many connections from us as from real Envoy.
import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { ProxiedHosts, type Scenario, startOurs, startReal } from './proxied-hosts.ts'

const perHost = (ratio: number): object => ({
  preconnectPolicy: { perUpstreamPreconnectRatio: ratio },
})
const predictive = (ratio: number, more: object = {}): object => ({
  preconnectPolicy: { predictivePreconnectRatio: ratio, ...more },
})
const atMost = (maxConnections: number): object => ({
  circuitBreakers: { thresholds: [{ maxConnections }] },
})

const scenarios: readonly Scenario[] = [
  { name: 'no policy', hosts: 1, cluster: {} },
  { name: 'a ratio of 1', hosts: 1, cluster: perHost(1) },
  { name: 'one more for every twenty', hosts: 1, cluster: perHost(1.05) },
  { name: 'one more for every ten', hosts: 1, cluster: perHost(1.1) },
  { name: 'half as many more', hosts: 1, cluster: perHost(1.5) },
  { name: 'three for one', hosts: 1, cluster: perHost(3) },
  { name: 'three for one on two hosts', hosts: 2, cluster: perHost(3) },
  {
    name: 'two for one, each for two requests',
    hosts: 1,
    cluster: { ...perHost(2), maxRequestsPerConnection: 2 },
  },
  { name: 'two for one, six at most', hosts: 1, cluster: { ...perHost(2), ...atMost(6) } },
  { name: 'HTTP/2, half as many more', hosts: 1, maxStreams: 3, cluster: perHost(1.5) },
  { name: 'HTTP/2, three for one', hosts: 1, maxStreams: 2, cluster: perHost(3) },
  { name: 'relayed, half as many more', hosts: 1, relayed: true, cluster: perHost(1.5) },
  { name: 'relayed, three for one', hosts: 2, relayed: true, cluster: perHost(3) },
  { name: 'relayed, two for one, foreseen', hosts: 3, relayed: true, cluster: predictive(2) },
  { name: 'two for one, foreseen', hosts: 3, cluster: predictive(2) },
  { name: 'three for one, foreseen', hosts: 5, cluster: predictive(3) },
  {
    name: 'half as many more, foreseen and at each host',
    hosts: 3,
    cluster: predictive(1.5, { perUpstreamPreconnectRatio: 1.5 }),
  },
  {
    name: 'three for one, foreseen, five at most',
    hosts: 3,
    cluster: { ...predictive(3), ...atMost(5) },
  },
  { name: 'HTTP/2, three for one, foreseen', hosts: 4, maxStreams: 2, cluster: predictive(3) },
  {
    name: 'two for one, where nobody can foresee',
    hosts: 1,
    cluster: { ...predictive(2), lbPolicy: 'LEAST_REQUEST' },
  },
]
const steps = 40

test.each(scenarios)(
  '$name: the same connections as from Envoy',
  async (scenario) => {
    await using envoy = await ProxiedHosts.start(startReal, scenario)
    await using ours = await ProxiedHosts.start(startOurs, scenario)
    const random = seededRandom(scenarios.indexOf(scenario) + 1)
    for (let i = 0; i < steps; i++) {
      const step = drawStep(random, ours.inFlight, scenario)
      for (const it of [envoy, ours]) await take(it, step)
      expect([i, step, await ours.connections()]).toEqual([i, step, await envoy.connections()])
    }
    expect(await ours.stat('upstream_cx_total')).toBe(await envoy.stat('upstream_cx_total'))
  },
  60_000,
)

type Step = 'begin' | 'answer' | 'cut idle'

/** Goes up and down between no request and some fifteen. */
function drawStep(random: () => number, inFlight: number, { maxStreams }: Scenario): Step {
  if (maxStreams === undefined && random() < 0.08) return 'cut idle'
  return inFlight === 0 || random() * 15 > inFlight ? 'begin' : 'answer'
}

async function take(hosts: ProxiedHosts, step: Step): Promise<void> {
  if (step === 'begin') hosts.begin()
  else if (step === 'answer') await hosts.answer()
  else hosts.cutIdle()
}
