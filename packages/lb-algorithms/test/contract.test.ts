import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import {
  aggregate,
  aperture,
  type Balancer,
  type Host,
  type HostSet,
  hostSet,
  leastRequest,
  loadReportRoundRobin,
  maglev,
  originalDestination,
  overrideHost,
  peakEwma,
  random,
  ringHash,
  roundRobin,
  subset,
} from '../src/index.ts'
import { balancerContract, hostsOf } from './balancer-contract.ts'

type Create = (hosts: HostSet<Host>) => Balancer<Host>

const slowStart = { windowMs: 1000 }
const policies: Readonly<Record<string, Create>> = {
  'round robin': (hosts) => roundRobin(hosts),
  'round robin with slow start': (hosts) => roundRobin(hosts, { slowStart }),
  random: (hosts) => random(hosts),
  'least request': (hosts) => leastRequest(hosts),
  'least request, full scan': (hosts) => leastRequest(hosts, { selectionMethod: 'full-scan' }),
  'peak EWMA': (hosts) => peakEwma(hosts),
  'load-report round robin': (hosts) => loadReportRoundRobin(hosts),
  'aperture over all': (hosts) => aperture(hosts, { peer: 0, peers: 1 }),
  Maglev: (hosts) => maglev(hosts),
  'Maglev with a bound': (hosts) => maglev(hosts, { balanceFactor: 120 }),
  'subset, any endpoint': (hosts) =>
    subset(hosts, {
      selectors: [{ keys: ['version'] }],
      fallback: 'any-endpoint',
      localityWeightAware: true,
      create: (members) => roundRobin(members),
    }),
  'override host': (hosts) => overrideHost(hosts, { fallback: roundRobin(hosts) }),
  'aggregate of one': (hosts) => {
    const all = aggregate([{ hosts, create: (members) => roundRobin(members) }])
    return { pick: (context) => all.pick(context), update: (set) => all.update([set]) }
  },
}
for (const [name, create] of Object.entries(policies)) balancerContract(name, create)
// The shares of a ring of so many places are within 3 % of the weights.
balancerContract('ring hash', (hosts) =>
  ringHash(hosts, { minRingSize: 65_536, maxRingSize: 262_144 }),
)

test('passthrough has no set, and keeps what of the contract is without one', () => {
  const balancer = originalDestination({ create: (address) => ({ address }) })
  expect(balancer.pick({ random: seededRandom(1) })).toBeUndefined()
  balancer.update(hostSet([{ hosts: hostsOf(3) }]))
  const context = { random: seededRandom(1), originalDestination: '10.0.0.1:80' }
  expect(balancer.pick(context)).toBe(balancer.pick(context))
})
