// Route configurations drawn at random, and requests to each: real Envoy and our matcher take the same routes.
import {
  compileRoutes,
  normalizePath,
  type RouteConfigurationJson,
  type RouteTable,
  request,
} from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { drawFrom } from '../drawn/draw.ts'
import { type RunningEnvoy, startEnvoy } from '../support/envoy.ts'
import { asker, type Heard } from './ask.ts'
import { type DrawnConfiguration, drawConfiguration } from './configurations.ts'
import { bootstrapOf } from './envoy-listeners.ts'
import { asRouted, ourAnswer } from './our-answer.ts'
import { type DrawnRequest, drawRequest } from './requests.ts'

const configurations = 300
const requestsEach = 20

interface Case {
  readonly drawn: DrawnConfiguration
  readonly asked: DrawnRequest
  readonly envoy: Heard
}

const seed = 20_261_121
const draw = drawFrom(seededRandom(seed))
const drawn = Array.from({ length: configurations }, () => drawConfiguration(draw))
const cases: Case[] = []
let envoy: RunningEnvoy

beforeAll(async () => {
  envoy = await startEnvoy(bootstrapOf(drawn))
  const ports = await until('the listeners of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses.length === configurations && portsOf(listener_statuses)
  })
  for (const [i, it] of drawn.entries()) {
    const client = asker(it.edge.tls)
    for (let r = 0; r < requestsEach; r++) {
      const asked = drawRequest(draw)
      const port = ports.get(`drawn-${i}`) ?? 0
      cases.push({ drawn: it, asked, envoy: await client.ask(port, asked) })
    }
    client.close()
  }
})
afterAll(() => envoy?.close())

test('every request takes the route that Envoy takes', () => {
  const tables = new Map(drawn.map((it) => [it, compileRoutes(it.configuration)]))
  const differences = cases.flatMap((one) => differenceOf(one, tables.get(one.drawn)))

  expect(cases).toHaveLength(configurations * requestsEach)
  expect(differences).toEqual([])
  // Neither all nor none were routed: both answers were compared.
  const routed = cases.filter((it) => it.envoy.route !== undefined).length
  expect(routed).toBeGreaterThan(cases.length / 4)
  expect(routed).toBeLessThan(cases.length)
})

test('every kind of condition was seen true and false', () => {
  const seen = new Map<string, { yes: number; no: number }>()
  for (const { drawn: of, asked } of cases) {
    for (const { kind, match } of of.conditions) {
      const path = normalizePath(asked.path, of.edge)
      const hasPath = pathSpecifiers.some((name) => name in match)
      // Without a path nothing but a connect matcher holds, whatever else is asked.
      if (path.kind !== 'ok' || (!hasPath && asked.method === 'CONNECT')) continue
      const tally = seen.get(kind) ?? { yes: 0, no: 0 }
      seen.set(kind, tally)
      const alone = tableOf(match)
      if (alone.match(request(asRouted(asked, of.edge, path.path))) === undefined) tally.no += 1
      else tally.yes += 1
    }
  }
  const lines = [...seen].sort().map(([kind, { yes, no }]) => `${kind}: true ${yes}, false ${no}`)
  console.log(lines.join('\n'))

  expect(seen.size).toBeGreaterThan(60)
  const oneSided = [...seen].filter(([, { yes, no }]) => yes === 0 || no === 0)
  expect(oneSided.map(([kind]) => kind).sort()).toEqual(cannotBeBoth)
})

test('every kind of matcher tree and every action of an edge was seen', () => {
  const seen = new Map<string, number>()
  for (const { envoy: heard } of cases) {
    const leaf = /^h\d+\/([a-z]+)/.exec(heard.route ?? '')?.[1]
    const what = leaf ?? (heard.route === undefined ? `status ${heard.status}` : 'route of a list')
    seen.set(what, (seen.get(what) ?? 0) + 1)
  }
  console.log([...seen].map(([what, count]) => `${what}: ${count}`).join(', '))

  const expected = ['exact', 'root', 'a', 'ab', 'list', 'none', 'route of a list']
  const statuses = ['status 301', 'status 307', 'status 400', 'status 404']
  expect([...seen.keys()]).toEqual(expect.arrayContaining([...expected, ...statuses]))
})

test('a fault in the order of routes would be seen', () => {
  const reversed = new Map(drawn.map((it) => [it, compileRoutes(reversedRoutes(it))]))

  const seen = cases.flatMap((one) => differenceOf(one, reversed.get(one.drawn)))

  expect(seen.length).toBeGreaterThan(100)
})

function reversedRoutes({ configuration }: DrawnConfiguration): RouteConfigurationJson {
  const { virtualHosts = [] } = configuration
  return {
    ...configuration,
    virtualHosts: virtualHosts.map((host) => ({
      ...host,
      ...(host.routes !== undefined && { routes: host.routes.toReversed() }),
    })),
  }
}

/** A header that is taken as empty when missing is always there; a fraction of none or all leaves no choice. */
const cannotBeBoth = [
  'header presentMatch false invertMatch treatMissingHeaderAsEmpty',
  'header presentMatch false treatMissingHeaderAsEmpty',
  'header presentMatch true invertMatch treatMissingHeaderAsEmpty',
  'header presentMatch true treatMissingHeaderAsEmpty',
  'runtimeFraction 0',
  'runtimeFraction 100',
]

const alone = new Map<object, RouteTable>()

/** A table with one route of one condition. */
function tableOf(match: object): RouteTable {
  const known = alone.get(match)
  if (known !== undefined) return known
  const hasPath = pathSpecifiers.some((name) => name in match)
  const route = {
    match: hasPath ? match : { prefix: '/', ...match },
    directResponse: { status: 200 },
  }
  const table = compileRoutes({ virtualHosts: [{ name: 'one', domains: ['*'], routes: [route] }] })
  alone.set(match, table)
  return table
}

const pathSpecifiers = [
  'prefix',
  'path',
  'pathSeparatedPrefix',
  'safeRegex',
  'pathMatchPolicy',
  'connectMatcher',
]

function differenceOf({ drawn: of, asked, envoy: theirs }: Case, table?: RouteTable): object[] {
  if (table === undefined) throw new Error('no table')
  const ours = ourAnswer(table, of.edge, asked)
  if (JSON.stringify(normal(ours)) === JSON.stringify(normal(theirs))) return []
  return [{ asked, edge: of.edge, ours, theirs, configuration: JSON.stringify(of.configuration) }]
}

/** Where a route or a location is named it is what counts: gRPC clients hear of no status. */
function normal({ status, route, location }: Heard): Heard {
  return { status: route === undefined && location === undefined ? status : 0, route, location }
}

function portsOf(
  statuses: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address: { readonly port_value: number } }
  }[],
): Map<string, number> {
  return new Map(statuses.map((it) => [it.name, it.local_address.socket_address.port_value]))
}
