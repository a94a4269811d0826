import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { SourceFile } from '@meshwright/mesh-config'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adsBootstrap } from '../../support/ads-bootstrap.ts'
import { until } from '../../support/until.ts'
import { startEcho, startHttp2Echo, stop } from '../support/echo.ts'
import { startEnvoy } from '../support/envoy.ts'
import { startMiniProxy } from '../support/mini-proxy.ts'
import { demoFiles, istiodFiles, startPlane, type TestPlane } from '../support/plane.ts'
import { send } from '../support/send.ts'
import { Coverage, type PlainProbe, probesFor, routeTaken, virtualHostsOf } from './coverage.ts'
import { normalAnswer } from './normal-answer.ts'

interface Scenario {
  readonly name: string
  readonly files: () => SourceFile[]
  readonly node: { readonly id: string; readonly labels: Readonly<Record<string, string>> }
  /** Where the routes of a configuration are reached, by its name; those that are not named are not compared. */
  readonly entries: Readonly<Record<string, { readonly address: string; readonly port: number }>>
}

const router = { id: 'router~127.0.1.10~ingress.default~default.svc.cluster.local' }
const labels = { app: 'ingress', istio: 'ingressgateway' }
const sidecar = {
  id: 'sidecar~127.0.1.20~client.default~default.svc.cluster.local',
  labels: { app: 'client' },
}
/** The demo with a client of its own, and with more rules than the tour begins with. */
const demoWithRules = (): SourceFile[] => [
  ...demoFiles().filter((it) => it.path !== 'reviews.yaml'),
  { path: 'reviews.yaml', text: readFileSync('test/interop/same-answers/reviews.yaml', 'utf8') },
]
const loopback = (port: number) => ({ address: '127.0.0.1', port })
const scenarios: readonly Scenario[] = [
  {
    name: 'the demo, as sidecar',
    files: demoWithRules,
    node: sidecar,
    entries: { http_proxy: { address: '127.0.1.20', port: 15_080 } },
  },
  {
    name: 'the demo, as gateway',
    files: demoWithRules,
    node: { ...router, labels },
    entries: { 'http.8080.127.0.1.10': { address: '127.0.1.10', port: 8_080 } },
  },
  {
    name: 'istiod’s configuration, as sidecar',
    files: istiodFiles,
    node: sidecar,
    entries: { 9080: loopback(9_080), 80: loopback(80), 50051: loopback(50_051) },
  },
  {
    name: 'istiod’s configuration, as gateway',
    files: istiodFiles,
    node: { ...router, labels },
    entries: { 'http.80': loopback(80) },
  },
]

const echoes: Server[] = []
const http2Echoes: Http2Server[] = []
beforeAll(async () => {
  const services = ['productpage', 'details', 'reviews-v1', 'reviews-v2', 'reviews-v3', 'ratings']
  for (const [i, name] of services.entries()) {
    echoes.push(await startEcho(name, `127.0.1.${i + 1}`, 9_080))
  }
  // Two workloads of one version each; the answers do not tell them apart.
  for (const address of ['127.0.1.7', '127.0.1.8']) {
    http2Echoes.push(await startHttp2Echo('greeter', address, 50_051))
  }
})
afterAll(async () => {
  for (const it of http2Echoes) it.close()
  await Promise.all(echoes.map(stop))
})

const accepted: readonly {
  readonly scenario: string
  readonly reason: string
  readonly only: string
}[] = JSON.parse(readFileSync('test/interop/same-answers/accepted-differences.json', 'utf8'))

describe.each(scenarios)('Envoy and mini-proxy, on $name', ({ name, files, node, entries }) => {
  test('give the same answers', async () => {
    await using plane = await startPlane(files())
    await using _ = await externalService(name)
    const envoy = await answersOf(plane, node, entries, startEnvoy)
    const ours = await answersOf(plane, node, entries, async (it) => startMiniProxy(it))
    const coverage = coverageOf(envoy.routes, entries)

    console.log(`${name}: ${envoy.outcomes.size} requests\n${coverage}`)
    expect(coverage.missing).toEqual([])
    expect(envoy.outcomes.size).toBeGreaterThan(0)
    const differences = [...envoy.outcomes].flatMap(([probe, theirs]) => {
      const own = ours.outcomes.get(probe) ?? new Set<string>()
      return [
        ...[...theirs].filter((it) => !own.has(it)).map((it) => `envoy only: ${probe} → ${it}`),
        ...[...own]
          .filter((it) => !theirs.has(it))
          .map((it) => `mini-proxy only: ${probe} → ${it}`),
      ]
    })
    const listed = accepted.filter((it) => it.scenario === name).map((it) => it.only)
    expect(differences.filter((it) => !listed.includes(it))).toEqual([])
    expect(listed.filter((it) => !differences.includes(it))).toEqual([])
  })
})

type Answers = {
  readonly routes: readonly RouteConfigurationJson[]
  /** By request: every answer that was seen. */
  readonly outcomes: ReadonlyMap<string, ReadonlySet<string>>
}

async function answersOf(
  plane: TestPlane,
  node: Scenario['node'],
  entries: Scenario['entries'],
  start: (
    bootstrap: string,
  ) => Promise<{ close(): Promise<void>; readonly log: readonly string[] }>,
): Promise<Answers> {
  const bootstrap = adsBootstrap({ ...node, apiType: 'DELTA_GRPC', xdsAddress: plane.xdsAddress })
  const proxy = await start(bootstrap)
  try {
    const routes = await until('the proxy to serve', () => servedRoutes(plane, node.id, entries))
    const outcomes = new Map<string, ReadonlySet<string>>()
    for (const [name, entry] of Object.entries(entries)) {
      for (const host of virtualHostsOf(routes.filter((it) => it.name === name))) {
        for (const probe of probesFor(host, entry.port)) {
          const isWeighted = routeTaken(host, probe)?.route?.weightedClusters !== undefined
          const draws = isWeighted ? manyDraws : fewDraws
          outcomes.set(JSON.stringify(probe), await repeated(probe, entry, draws))
        }
      }
    }
    return { routes, outcomes }
  } catch (cause) {
    throw new Error(`the proxy said: ${proxy.log.join('\n')}`, { cause })
  } finally {
    await proxy.close()
  }
}

/** Weighted routes show each side in so many draws but for a chance of one in thirty thousand. */
const manyDraws = 100
const fewDraws = 4
/** Below what the circuit breakers of the compared configurations admit. */
const concurrency = 4

async function repeated(
  probe: PlainProbe,
  entry: { readonly address: string; readonly port: number },
  draws: number,
): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const worker = async (): Promise<void> => {
    for (let i = 0; i < draws / concurrency; i++) {
      const answer = normalAnswer(await send({ ...probe, ...entry }))
      if (answer !== undefined) seen.add(answer)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return seen
}

/** The service outside the mesh; a gateway takes its port on every address. */
async function externalService(scenario: string): Promise<AsyncDisposable> {
  const server = scenario.endsWith('gateway')
    ? undefined
    : await startEcho('external', '127.0.2.1', 80)
  return {
    async [Symbol.asyncDispose]() {
      if (server !== undefined) await stop(server)
    },
  }
}

/** The routes that the plane sent, once the proxy has acknowledged them all and its listeners answer. */
async function servedRoutes(
  plane: TestPlane,
  id: string,
  entries: Scenario['entries'],
): Promise<readonly RouteConfigurationJson[] | undefined> {
  const [client] = plane.plane.clients()
  const acked =
    client?.settled && client.types.some((it) => it.typeUrl.endsWith('RouteConfiguration'))
  if (!acked) return undefined
  for (const entry of Object.values(entries)) {
    const probe = { url: 'http://nobody.example/', method: 'GET', headers: {} }
    const open = await send({ ...probe, ...entry }).catch(() => undefined)
    if (open === undefined) return undefined
  }
  type Section = { dynamicRouteConfigs?: { routeConfig: RouteConfigurationJson }[] }
  const dump = await plane.debug<{ configs: readonly Section[] }>(
    `/debug/config_dump?proxyID=${encodeURIComponent(id)}`,
  )
  return dump.configs.flatMap((it) => it.dynamicRouteConfigs ?? []).map((it) => it.routeConfig)
}

function coverageOf(
  routes: readonly RouteConfigurationJson[],
  entries: Scenario['entries'],
): Coverage {
  const configurations = Object.entries(entries).map(([name, { port }]) => ({
    hosts: virtualHostsOf(routes.filter((it) => it.name === name)),
    port,
  }))
  const coverage = new Coverage(configurations.flatMap((it) => it.hosts))
  for (const { hosts, port } of configurations) {
    for (const host of hosts) for (const probe of probesFor(host, port)) coverage.count(host, probe)
  }
  return coverage
}
