import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type App, startApp } from './support/app.ts'
import { documents, gateway, hostOf, meshConfig, routes, service } from './support/documents.ts'
import { freePorts } from './support/free-port.ts'
import { Load } from './support/load.ts'
import { Mesh } from './support/mesh.ts'

const address = '127.0.3.9'
const host = 'shop.example'
const router = {
  id: `router~${address}~gateway.default~default.svc.cluster.local`,
  labels: { app: 'gateway' },
}
const instances = 3

/** A program that answers with its name until it is told to fail. */
async function failing(name: string): Promise<{ app: App; fails: boolean; failures: number }> {
  const state = { fails: false, failures: 0 }
  const app = await startApp(name, (request, response) => {
    request.resume().on('end', () => {
      if (state.fails) state.failures += 1
      response.writeHead(state.fails ? 503 : 200).end(name)
    })
  })
  return Object.assign(state, { app })
}

const rule = (trafficPolicy: object): object => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'reviews', namespace: 'default' },
  spec: { host: hostOf('reviews'), trafficPolicy },
})

test('one of three instances begins to fail under load: it is ejected, clients see no error, and it comes back', async () => {
  const [door = 0] = await freePorts(address, 1)
  const reviews = await Promise.all(
    Array.from({ length: instances }, (_, i) => failing(`reviews-${i}`)),
  )
  await using _disposed = { [Symbol.asyncDispose]: () => closeAll(reviews.map((it) => it.app)) }
  await using mesh = await Mesh.start(
    documents(
      meshConfig,
      gateway(address, door),
      service(
        'reviews',
        reviews.map(({ app }) => ({ address: '127.0.0.1', port: app.port })),
      ),
      rule({
        outlierDetection: {
          consecutive5xxErrors: 5,
          interval: '0.2s',
          baseEjectionTime: '4s',
          maxEjectionPercent: 50,
        },
      }),
      routes(
        host,
        [
          {
            route: [{ destination: { host: hostOf('reviews') } }],
            retries: { attempts: 2, retryOn: '5xx' },
          },
        ],
        ['door'],
      ),
    ),
  )
  const { proxy } = await mesh.proxy(router)
  const ejected = (): string[] =>
    proxy.clusters.flatMap(({ hosts }) => hosts.filter((it) => it.ejected).map((it) => it.address))
  const clients = 8
  const load = new Load({ address, port: door, host }, clients)
  await load.more(300)
  expect([...load.counts.answers.keys()].sort()).toEqual(['reviews-0', 'reviews-1', 'reviews-2'])
  expect(ejected()).toEqual([])

  const [, one] = reviews
  if (one === undefined) throw new Error('there are three')
  one.fails = true
  await until('the ejection', () => ejected().length > 0)
  expect(ejected()).toEqual([`127.0.0.1:${one.app.port}`])
  const whenEjected = one.failures
  await load.more(300)
  // Five in a row, and what was under way to it by then.
  expect(whenEjected).toBeGreaterThanOrEqual(5)
  expect(one.failures).toBeLessThan(5 + clients)

  one.fails = false
  const requests = one.app.requests
  await until('its return', () => ejected().length === 0)
  await load.more(100)
  expect(one.app.requests).toBeGreaterThan(requests)

  const { sent, ok, failures } = await load.stop()
  expect({ failures, answered: ok }).toEqual({ failures: [], answered: sent })
  expect(sent).toBeGreaterThan(700)
  const retried = [...statsOf(proxy)].filter(([name]) => name.endsWith('.upstream_rq_retry'))
  expect(retried.map(([, value]) => value).filter((it) => it > 0)).toEqual([one.failures])
})

function statsOf(proxy: Awaited<ReturnType<Mesh['proxy']>>['proxy']): Map<string, number> {
  return new Map(
    proxy.stats
      .list()
      .map(({ name, instrument }) => [
        name,
        instrument.kind === 'histogram' ? 0 : instrument.value,
      ]),
  )
}

async function closeAll(apps: readonly App[]): Promise<void> {
  for (const app of apps) await app.close()
}
