// One slow, one failing and one dead host of ten: retries hide them, outlier detection leaves them out, in real Envoy and here.
import { Agent, request as httpRequest } from 'node:http'
import { createProxy, type MeshProxy, viewOf } from '@meshwright/mini-proxy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type RunningEnvoy, startEnvoy, statsOf } from '../support/envoy.ts'
import { resourcesFor } from './resources.ts'
import { startTenHosts, type TenHosts } from './ten-hosts.ts'

const requests = 300
/** As many failures in a row as have a host left out. */
const enough = 5
const agent = new Agent({ keepAlive: true })
let hosts: TenHosts
let envoy: RunningEnvoy
let proxy: MeshProxy

beforeAll(async () => {
  hosts = await startTenHosts()
  const resources = resourcesFor([tenHosts(hosts.ports)], { upstream: 0, closed: 0 }, '/dev/null')
  envoy = await startEnvoy(
    JSON.stringify({
      admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
      staticResources: resources,
    }),
  )
  proxy = createProxy()
  await proxy.apply(viewOf(resources))
})
afterAll(async () => {
  agent.destroy()
  await proxy?.close()
  await envoy?.close()
  await hosts?.close()
})

test('clients of both see no error, and each bad host is asked until it is left out', async () => {
  const envoyPort = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value
  })
  const [theirs, own] = await Promise.all([
    sendAll(envoyPort, 'envoy'),
    sendAll(proxy.listeners.get('in')?.port ?? 0, 'ours'),
  ])
  const [theirCounts, ownCounts] = [await countsOfEnvoy(), countsOfOurs()]
  console.log(`envoy ${JSON.stringify(theirCounts)}, ours ${JSON.stringify(ownCounts)}`)

  expect([theirs, own]).toEqual([{ 200: requests }, { 200: requests }])
  for (const side of ['envoy', 'ours']) {
    const asked = (['slow', 'failing', 'well'] as const).map((it) => hosts.asked(it, side))
    expect([side, ...asked]).toEqual([side, enough, enough, requests])
  }
  expect(ownCounts).toEqual(theirCounts)
  expect(ownCounts).toMatchObject({
    'outlier_detection.ejections_active': 3,
    upstream_rq_per_try_timeout: enough,
    upstream_rq_pending_failure_eject: enough,
    upstream_rq_retry: 3 * enough,
    upstream_rq_total: requests + 2 * enough,
  })
})

const counted = [
  'outlier_detection.ejections_active',
  'upstream_rq_per_try_timeout',
  'upstream_rq_pending_failure_eject',
  'upstream_rq_retry',
  'upstream_rq_total',
]

async function countsOfEnvoy(): Promise<object> {
  const stats = await statsOf(envoy, '^cluster\\.ten\\.')
  return Object.fromEntries(counted.map((it) => [it, Number(stats.get(`cluster.ten.${it}`))]))
}

function countsOfOurs(): object {
  const all = new Map(proxy.stats.list().map(({ name, instrument }) => [name, instrument]))
  return Object.fromEntries(
    counted.map((it) => {
      const instrument = all.get(`cluster.ten.${it}`)
      return [it, instrument !== undefined && 'value' in instrument ? instrument.value : undefined]
    }),
  )
}

/** How many answers there were of each status. */
async function sendAll(port: number, side: string): Promise<Record<number, number>> {
  const answers: Record<number, number> = {}
  for (let i = 0; i < requests; i++) {
    const status = await send(port, side)
    answers[status] = (answers[status] ?? 0) + 1
  }
  return answers
}

function send(port: number, side: string): Promise<number> {
  const options = { host: '127.0.0.1', port, agent, headers: { host: 'ten', 'x-side': side } }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.on('error', reject).end()
  })
}

function tenHosts(ports: readonly number[]): Parameters<typeof resourcesFor>[0][number] {
  return {
    name: 'ten',
    route: {
      retryPolicy: {
        retryOn: '5xx,connect-failure',
        numRetries: 4,
        perTryTimeout: '0.2s',
        retryBackOff: { baseInterval: '0.001s', maxInterval: '0.001s' },
        retryHostPredicate: [
          {
            name: 'envoy.retry_host_predicates.previous_hosts',
            typedConfig: {
              '@type':
                'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
            },
          },
        ],
        hostSelectionRetryMaxAttempts: '10',
      },
    },
    cluster: {
      // Otherwise Envoy waits up to a second before it acts on a second ejection.
      commonLbConfig: { updateMergeWindow: '0s' },
      outlierDetection: {
        consecutive5xx: enough,
        baseEjectionTime: '3600s',
        interval: '3600s',
        maxEjectionPercent: 50,
      },
      loadAssignment: {
        clusterName: 'ten',
        endpoints: [
          {
            lbEndpoints: ports.map((portValue) => ({
              endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
            })),
          },
        ],
      },
    },
    requests: [],
  }
}
