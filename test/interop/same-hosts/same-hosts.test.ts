// Clusters drawn at random, with ring hash and Maglev: real Envoy and our balancers choose the same host for the same key.
import { Agent, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Balancer, type Host, hashOfKeys } from '@meshwright/lb-algorithms'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type RunningEnvoy, startEnvoy } from '../support/envoy.ts'
import { bootstrapOf, retries } from './bootstrap.ts'
import { drawFrom } from './draw.ts'
import { type DrawnCluster, drawCluster, hostsOf } from './drawn-cluster.ts'
import { type Asked, hostFor, startServer } from './host-for.ts'

const clusterCount = 40
const keysEach = 1000
const failuresEach = 100

interface Answer extends Asked {
  readonly cluster: DrawnCluster
  /** The address of the host, the last one where every try failed; undefined if Envoy had none to give. */
  readonly host: string | undefined
}

const random = seededRandom(20_261_121)
const draw = drawFrom(random)
const servers: Server[] = []
const answers: Answer[] = []
let clusters: readonly DrawnCluster[] = []
let envoy: RunningEnvoy

beforeAll(async () => {
  for (let i = 0; i < 24; i++) servers.push(await startServer())
  const ports = servers.map((it) => (it.address() as AddressInfo).port)
  clusters = Array.from({ length: clusterCount }, (_, i) => drawCluster(i, draw, ports))
  envoy = await startEnvoy(bootstrapOf(clusters))
  const port = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value as number | undefined
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  for (const cluster of clusters) {
    const asked = Array.from({ length: keysEach + failuresEach }, (_, i) => ({
      cluster,
      key: `key-${draw.below(1e9)}`,
      failing: i >= keysEach,
    }))
    const hosts = await Promise.all(asked.map((it) => hostFor(port, agent, it)))
    answers.push(...asked.map((it, i) => ({ ...it, host: hosts[i] })))
  }
  agent.destroy()
}, 300_000)

afterAll(async () => {
  await envoy?.close()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

test('every key leads to the host that Envoy chooses', () => {
  const differences = compare((cluster) => cluster.balancer(hostsOf(cluster)), false)
  expect(answers.filter(({ failing }) => !failing)).toHaveLength(clusterCount * keysEach)
  expect(differences).toEqual([])
  // Hosts were found, and not always the same one.
  const found = new Set(answers.map(({ host }) => host))
  expect(found.size).toBeGreaterThan(20)
})

test('tries that fail go on to the hosts that Envoy goes on to', () => {
  const differences = compare((cluster) => cluster.balancer(hostsOf(cluster)), true)
  expect(answers.filter(({ failing }) => failing)).toHaveLength(clusterCount * failuresEach)
  expect(differences).toEqual([])
})

test('every policy, weights, panic, several priorities and weighted localities were among them', () => {
  const seen = new Map<string, number>()
  const see = (what: string, is: boolean): unknown =>
    is && seen.set(what, (seen.get(what) ?? 0) + 1)
  for (const cluster of clusters) {
    const { policy, localityWeighted } = cluster
    const hosts = hostsOf(cluster)
    see(JSON.stringify(policy['lbPolicy']), true)
    see('murmurHash2', JSON.stringify(policy).includes('MURMUR'))
    see('host names', JSON.stringify(policy).includes('true'))
    see('weights', new Set(Array.from(hosts.hosts, ({ weight }) => weight)).size > 1)
    see('two priorities in use', hosts.priorities.filter((it) => it.healthyLoad > 0).length > 1)
    see(
      'panic',
      hosts.priorities.some(({ panic }) => panic),
    )
    see(
      'weighted localities',
      localityWeighted && hosts.priorities.some((it) => it.localities.length > 1),
    )
  }
  console.log([...seen].map(([what, count]) => `${what}: ${count}`).join(', '))
  expect([...seen.keys()].sort()).toEqual([
    '"MAGLEV"',
    '"RING_HASH"',
    'host names',
    'murmurHash2',
    'panic',
    'two priorities in use',
    'weighted localities',
    'weights',
  ])
})

test('a weight that is off by one would be seen', () => {
  const heavier = (cluster: DrawnCluster): Balancer<Host> =>
    cluster.balancer(
      hostsOf({
        ...cluster,
        localities: cluster.localities.map((it) => ({
          ...it,
          endpoints: it.endpoints.map((one, i) => ({
            ...one,
            weight: one.weight + (i === 0 ? 1 : 0),
          })),
        })),
      }),
    )
  expect(compare(heavier, false).length).toBeGreaterThan(1000)
})

function compare(
  balancerOf: (cluster: DrawnCluster) => Balancer<Host>,
  failing: boolean,
): string[] {
  const balancers = new Map(clusters.map((it) => [it, balancerOf(it)]))
  return answers.flatMap((answer) => {
    const balancer = balancers.get(answer.cluster)
    if (answer.failing !== failing || balancer === undefined) return []
    const ours = choice(balancer, answer)
    if (ours === answer.host) return []
    const { name, policy } = answer.cluster
    return [`${name} ${JSON.stringify(policy)} ${answer.key}: Envoy ${answer.host}, we ${ours}`]
  })
}

/** The host of the last try. */
function choice(balancer: Balancer<Host>, { key, failing }: Answer): string | undefined {
  const hash = hashOfKeys([[key]])
  const tried = new Set<Host>()
  let host: Host | undefined
  for (let attempt = 0; attempt <= (failing ? retries.count : 0); attempt++) {
    const { hostSelectionAttempts } = retries
    host = balancer.pick({ hash, random, tried, hostSelectionAttempts })
    if (host === undefined) return undefined
    tried.add(host)
  }
  return host?.address
}
