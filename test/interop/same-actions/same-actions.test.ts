// Rewrites, redirects, direct responses, CORS policies and header mutations drawn at random: Envoy and the mini-proxy do the same.
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { startProxy } from '@meshwright/mini-proxy'
import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import { parseBootstrap } from '@meshwright/xds-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { drawFrom } from '../drawn/draw.ts'
import { normalAnswer } from '../same-answers/normal-answer.ts'
import { startEcho, stop } from '../support/echo.ts'
import { startEnvoy } from '../support/envoy.ts'
import { type ProbeAnswer, send } from '../support/send.ts'
import { drawLevel, drawRoute } from './draw-route.ts'

const routes = 150
const tails = ['', '/a/b', '/a/bb/c?x=/a', '?q', '/']

interface Pair {
  readonly asked: object
  readonly envoy: ProbeAnswer
  readonly ours: ProbeAnswer
}

const draw = drawFrom(seededRandom(4_102))
const configurations = [false, true].map((mostSpecificHeaderMutationsWins) => ({
  name: `wins-${mostSpecificHeaderMutationsWins}`,
  mostSpecificHeaderMutationsWins,
  ...drawLevel(draw),
  virtualHosts: [
    {
      name: 'all',
      domains: ['*'],
      ...drawLevel(draw),
      routes: Array.from({ length: routes }, (_, i) => drawRoute(draw, `/r${i}x`)),
    },
  ],
}))
const pairs: Pair[] = []
const closing: (() => unknown)[] = []

beforeAll(async () => {
  const echo = await startEcho('backend', '127.0.0.1', 0)
  closing.push(() => stop(echo))
  const staticResources = resources((echo.address() as AddressInfo).port)
  const envoy = await startEnvoy(JSON.stringify({ admin, staticResources }))
  closing.push(() => envoy.close())
  const node = { id: 'same-actions', cluster: 'test' }
  const ours = await startProxy({
    bootstrap: parseBootstrap(JSON.stringify({ node, staticResources })),
  })
  closing.push(() => ours.close())
  await ours.ready
  const theirs = await until('the listeners of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses.length === configurations.length && portsOf(listener_statuses)
  })
  for (const { name } of configurations) {
    const ports = [theirs.get(name) ?? 0, ours.proxy.listeners.get(name)?.port ?? 0] as const
    for (let i = 0; i < routes; i++) {
      for (const tail of tails) pairs.push(await askBoth(`/r${i}x${tail}`, ports))
    }
  }
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

test('every request is answered, and reaches the backend, as with Envoy', () => {
  const accepted = JSON.parse(
    readFileSync(new URL('accepted-differences.json', import.meta.url), 'utf8'),
  ) as readonly { readonly difference: string }[]

  const differences = pairs.flatMap(({ asked, envoy, ours }) => {
    const [theirs, own] = [normalAnswer(envoy), normalAnswer(ours)]
    return theirs === own ? [] : [`${JSON.stringify(asked)}\n  envoy ${theirs}\n  ours  ${own}`]
  })

  expect(pairs).toHaveLength(configurations.length * routes * tails.length)
  expect(differences).toEqual(accepted.map(({ difference }) => difference))
})

test('every way to answer was seen', () => {
  const seen = new Map<string, number>()
  for (const { envoy } of pairs) {
    const kind = envoy.body.startsWith('{') ? 'forwarded' : `status ${envoy.status}`
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
  }
  const marked = pairs.filter(({ envoy }) => 'access-control-allow-origin' in envoy.headers)
  const preflights = marked.filter(({ envoy }) => envoy.status === 200 && envoy.body === '')
  expect(preflights.length).toBeGreaterThan(15)
  expect(marked.length).toBeGreaterThan(2 * preflights.length)
  console.log([...seen].map(([kind, count]) => `${kind}: ${count}`).join(', '))

  const statuses = [200, 204, 301, 302, 303, 307, 404, 503].map((it) => `status ${it}`)
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['forwarded', ...statuses]))
})

async function askBoth(path: string, [theirs, own]: readonly [number, number]): Promise<Pair> {
  const host = draw.one(['shop.test', 'shop.test:80', 'shop.test:443', 'shop.test:81'])
  const headers: Record<string, string> = {
    to: draw.one(['backend', 'nowhere']),
    ...draw.one([{}, { h1: 'v1' }]),
    ...draw.one([{}, { h2: 'v2' }]),
    ...draw.one([{}, { h3: 'v3' }]),
    ...draw.one([{}, { origin: 'http://a' }, { origin: 'http://b' }, { origin: 'q' }]),
  }
  const preflight = {
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'h1,h2',
    'access-control-request-private-network': 'true',
  }
  const asksFirst = draw.maybe(0.4)
  if (asksFirst) Object.assign(headers, preflight)
  const method = asksFirst ? 'OPTIONS' : 'GET'
  const asked = { method, host, path, headers }
  const probe = {
    address: '127.0.0.1',
    url: `http://shop.test${path}`,
    method,
    headers,
    host,
  }
  const [envoy, ours] = await Promise.all([
    send({ ...probe, port: theirs }),
    send({ ...probe, port: own }),
  ])
  return { asked, envoy, ours }
}

const admin = { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } }
const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/envoy.${type}` })

function resources(backendPort: number): object {
  const loopback = (portValue: number): object => ({
    socketAddress: { address: '127.0.0.1', portValue },
  })
  const lbEndpoints = [{ endpoint: { address: loopback(backendPort) } }]
  return {
    listeners: configurations.map((routeConfig) => ({
      name: routeConfig.name,
      address: loopback(0),
      filterChains: [{ filters: [manager(routeConfig)] }],
    })),
    clusters: [
      {
        name: 'backend',
        type: 'STATIC',
        connectTimeout: '1s',
        loadAssignment: { clusterName: 'backend', endpoints: [{ lbEndpoints }] },
      },
    ],
  }
}

function manager(routeConfig: RouteConfigurationJson): object {
  const cors = {
    name: 'envoy.filters.http.cors',
    typedConfig: of('extensions.filters.http.cors.v3.Cors'),
  }
  const router = { name: 'router', typedConfig: of('extensions.filters.http.router.v3.Router') }
  return {
    name: 'http',
    typedConfig: {
      ...of('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
      statPrefix: 'test',
      routeConfig,
      httpFilters: [cors, router],
    },
  }
}

function portsOf(
  statuses: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address: { readonly port_value: number } }
  }[],
): ReadonlyMap<string, number> {
  return new Map(statuses.map((it) => [it.name, it.local_address.socket_address.port_value]))
}
