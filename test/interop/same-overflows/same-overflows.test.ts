// Requests begun and ended at random, against the limits of clusters: real Envoy refuses the same ones, and its gauges show the same.
import { Agent, request as httpRequest } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { type ThresholdOptions, thresholdGauges } from '@meshwright/circuit-breaker'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type RunningEnvoy, startEnvoy, statsOf } from '../support/envoy.ts'
import { type HeldUpstream, startHeldUpstream } from './held-upstream.ts'
import { type Fate, PoolModel } from './pool-model.ts'

type Priority = 'default' | 'high'

const clusters: readonly Readonly<Record<Priority, ThresholdOptions>>[] = [
  { default: { maxRequests: 3 }, high: { maxRequests: 1 } },
  { default: { maxConnections: 2, maxPendingRequests: 2 }, high: { maxConnections: 1 } },
  {
    default: { maxConnections: 3, maxPendingRequests: 3, maxRequests: 2 },
    high: { maxRequests: 0 },
  },
  { default: { maxPendingRequests: 0 }, high: { maxConnections: 2, maxPendingRequests: 1 } },
]
const stepsEach = 120

let upstream: HeldUpstream
let envoy: RunningEnvoy
let port: number
const agent = new Agent({ keepAlive: true })

beforeAll(async () => {
  upstream = await startHeldUpstream()
  envoy = await startEnvoy(bootstrapOf(upstream.port))
  port = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value
  })
})
afterAll(async () => {
  agent.destroy()
  await envoy?.close()
  await upstream?.close()
})

test.each(clusters)('limits %j: the same requests are refused as by Envoy', async (limits) => {
  const index = clusters.indexOf(limits)
  const player = new Player(`limited-${index}`, limits, seededRandom(index + 1))
  for (let i = 0; i < stepsEach; i++) {
    await player.step()
    expect(await player.envoyGauges()).toEqual(player.ourGauges())
  }
  console.log(`${JSON.stringify(limits)}: ${JSON.stringify(player.seen)}`)
  await player.end()

  expect(player.seen.refused).toBeGreaterThan(10)
  expect(player.seen.sent).toBeGreaterThan(10)
})

test('a limit that is one too high is found out', async () => {
  const limits = { default: { maxRequests: 4 }, high: { maxRequests: 1 } }
  // Of another cluster with the limits of the first.
  const player = new Player(`limited-${clusters.length}`, limits, seededRandom(1))
  let isFound = false
  for (let i = 0; i < stepsEach && !isFound; i++) {
    await player.step()
    isFound = !isDeepStrictEqual(await player.envoyGauges(), player.ourGauges())
  }
  await player.end()
  expect(isFound).toBe(true)
})

let ids = 0

/** Begins and ends requests of both priorities, and waits until Envoy has done with each what the model says. */
class Player {
  readonly seen = { sent: 0, waits: 0, refused: 0 }
  readonly #name: string
  readonly #random: () => number
  readonly #models: Readonly<Record<Priority, PoolModel>>
  readonly #sent: Record<Priority, number[]> = { default: [], high: [] }
  readonly #statuses = new Map<number, number>()

  constructor(
    name: string,
    limits: Readonly<Record<Priority, ThresholdOptions>>,
    random: () => number,
  ) {
    this.#name = name
    this.#random = random
    this.#models = { default: new PoolModel(limits.default), high: new PoolModel(limits.high) }
  }

  async step(): Promise<void> {
    const priority: Priority = this.#random() < 0.7 ? 'default' : 'high'
    const sent = this.#sent[priority]
    if (this.#random() < 0.6 || sent.length === 0) {
      const id = ++ids
      this.#begin(id, priority)
      await this.#see(this.#models[priority].start(id), priority)
      return
    }
    const [id = 0] = sent.splice(Math.floor(this.#random() * sent.length), 1)
    await this.#answer(id, priority)
  }

  /** Answers all that is still in flight. */
  async end(): Promise<void> {
    for (const priority of ['default', 'high'] as const) {
      for (let id = this.#sent[priority].shift(); id; id = this.#sent[priority].shift()) {
        await this.#answer(id, priority)
      }
    }
  }

  ourGauges(): object {
    const { default: normal, high } = this.#models
    // How often a pool asks for a connection, in vain, is its own affair.
    const overflows = (of: 'pendingRequests' | 'requests'): number =>
      normal.limits[of].overflows + high.limits[of].overflows
    return {
      default: thresholdGauges(normal.limits),
      high: thresholdGauges(high.limits),
      upstream_rq_pending_overflow: overflows('pendingRequests'),
      upstream_rq_active_overflow: overflows('requests'),
    }
  }

  async envoyGauges(): Promise<object> {
    const name = this.#name
    const stats = await statsOf(
      envoy,
      `^cluster\\.${name}\\.(circuit_breakers|upstream_rq_.*_overflow)`,
    )
    const of = (priority: Priority): object => {
      const prefix = `cluster.${name}.circuit_breakers.${priority}.`
      const own = [...stats].filter(([stat]) => stat.startsWith(prefix))
      return Object.fromEntries(own.map(([stat, it]) => [stat.slice(prefix.length), Number(it)]))
    }
    const count = (stat: string): number => Number(stats.get(`cluster.${name}.${stat}`))
    return {
      default: of('default'),
      high: of('high'),
      upstream_rq_pending_overflow: count('upstream_rq_pending_overflow'),
      upstream_rq_active_overflow: count('upstream_rq_active_overflow'),
    }
  }

  #begin(id: number, priority: Priority): void {
    const headers = { 'x-id': id, 'x-cluster': this.#name, 'x-priority': priority }
    const outgoing = httpRequest({ host: '127.0.0.1', port, agent, headers }, (response) => {
      response.resume().on('end', () => this.#statuses.set(id, response.statusCode ?? 0))
    })
    outgoing.on('error', () => this.#statuses.set(id, -1)).end()
  }

  async #answer(id: number, priority: Priority): Promise<void> {
    upstream.answer(id)
    await until(`the answer to ${id}`, () => this.#statuses.has(id))
    expect(this.#statuses.get(id)).toBe(200)
    for (const fate of this.#models[priority].finish()) await this.#see(fate, priority)
  }

  async #see({ kind, id }: Fate, priority: Priority): Promise<void> {
    this.seen[kind]++
    if (kind === 'sent') {
      await until(`request ${id} upstream`, () => upstream.holds(id))
      this.#sent[priority].push(id)
    } else if (kind === 'refused') {
      await until(`the refusal of ${id}`, () => this.#statuses.has(id))
      expect(this.#statuses.get(id)).toBe(503)
    } else {
      const stat = `cluster.${this.#name}.upstream_rq_pending_active`
      const waiting = (['default', 'high'] as const)
        .map((it) => this.#models[it].limits.pendingRequests.active)
        .reduce((a, b) => a + b)
      await until(`request ${id} to wait`, async () => {
        return Number((await statsOf(envoy, `^${stat}$`)).get(stat)) === waiting
      })
    }
  }
}

function bootstrapOf(upstreamPort: number): string {
  const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })
  const address = (portValue: number): object => ({
    socketAddress: { address: '127.0.0.1', portValue },
  })
  const route = (priority: string, isHigh: boolean): object => ({
    match: {
      prefix: '/',
      headers: [{ name: 'x-priority', stringMatch: { exact: priority } }],
    },
    route: {
      clusterHeader: 'x-cluster',
      timeout: '0s',
      priority: isHigh ? 'HIGH' : 'DEFAULT',
    },
  })
  const hcm = {
    ...of('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'in',
    routeConfig: {
      virtualHosts: [
        { name: 'all', domains: ['*'], routes: [route('default', false), route('high', true)] },
      ],
    },
    httpFilters: [
      { name: 'router', typedConfig: of('envoy.extensions.filters.http.router.v3.Router') },
    ],
  }
  return JSON.stringify({
    admin: { address: address(0) },
    staticResources: {
      listeners: [
        {
          name: 'in',
          address: address(0),
          filterChains: [{ filters: [{ name: 'hcm', typedConfig: hcm }] }],
        },
      ],
      clusters: [...clusters, clusters[0]].map((limits, i) => ({
        name: `limited-${i}`,
        type: 'STATIC',
        connectTimeout: '5s',
        circuitBreakers: {
          thresholds: (['default', 'high'] as const).map((it) => ({
            priority: it.toUpperCase(),
            ...limits?.[it],
            trackRemaining: true,
          })),
        },
        loadAssignment: {
          clusterName: `limited-${i}`,
          endpoints: [{ lbEndpoints: [{ endpoint: { address: address(upstreamPort) } }] }],
        },
      })),
    },
  })
}
