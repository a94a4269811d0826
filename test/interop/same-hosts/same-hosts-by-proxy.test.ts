// The same bootstrap for real Envoy and for the mini-proxy: the same key leads to the same host, also from try to try.
import { Agent, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startProxy } from '@meshwright/mini-proxy'
import { seededRandom } from '@meshwright/testkit'
import { parseBootstrap } from '@meshwright/xds-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { startEnvoy } from '../support/envoy.ts'
import { bootstrapOf } from './bootstrap.ts'
import { drawFrom } from './draw.ts'
import { drawCluster } from './drawn-cluster.ts'
import { type Asked, hostFor, startServer } from './host-for.ts'

const clusterCount = 30
const keysEach = 100
const failuresEach = 20

interface Pair extends Asked {
  readonly envoy: string | undefined
  readonly ours: string | undefined
}

const draw = drawFrom(seededRandom(11_211))
const servers: Server[] = []
const pairs: Pair[] = []
const closing: (() => unknown)[] = []

beforeAll(async () => {
  for (let i = 0; i < 12; i++) servers.push(await startServer())
  const ports = servers.map((it) => (it.address() as AddressInfo).port)
  const clusters = Array.from({ length: clusterCount }, (_, i) => drawCluster(i, draw, ports))
  const bootstrap = bootstrapOf(clusters)
  const envoy = await startEnvoy(bootstrap)
  closing.push(() => envoy.close())
  const node = { id: 'same-hosts', cluster: 'test' }
  const proxy = await startProxy({
    bootstrap: parseBootstrap(JSON.stringify({ ...JSON.parse(bootstrap), node })),
  })
  closing.push(() => proxy.close())
  await proxy.ready
  const theirs = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value as number | undefined
  })
  const own = proxy.proxy.listeners.get('all')?.port ?? 0
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  closing.push(() => agent.destroy())
  for (const cluster of clusters) {
    const asked = Array.from({ length: keysEach + failuresEach }, (_, i) => ({
      cluster,
      key: `key-${draw.below(1e9)}`,
      failing: i >= keysEach,
    }))
    pairs.push(...(await Promise.all(asked.map((it) => askBoth(it, agent, theirs, own)))))
  }
}, 300_000)

afterAll(async () => {
  for (const close of closing.reverse()) await close()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

test('the mini-proxy sends every key to the host that Envoy sends it to, also when tries fail', () => {
  const differences = pairs.filter(({ envoy, ours }) => envoy !== ours)

  expect(pairs).toHaveLength(clusterCount * (keysEach + failuresEach))
  expect(
    differences.map(
      ({ cluster, key, failing, envoy, ours }) =>
        `${cluster.name} ${key}${failing ? ' failing' : ''}: Envoy ${envoy}, we ${ours}`,
    ),
  ).toEqual([])
  expect(new Set(pairs.map(({ ours }) => ours)).size).toBeGreaterThan(10)
})

async function askBoth(asked: Asked, agent: Agent, theirs: number, own: number): Promise<Pair> {
  const [envoy, ours] = await Promise.all([
    hostFor(theirs, agent, asked),
    hostFor(own, agent, asked),
  ])
  return { ...asked, envoy, ours }
}
