// Requests drawn at random, plain and hostile, byte by byte: Envoy and the mini-proxy answer alike and forward the same requests.
import { readFileSync } from 'node:fs'
import { startProxy } from '@meshwright/mini-proxy'
import { seededRandom } from '@meshwright/testkit'
import { parseBootstrap } from '@meshwright/xds-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { drawFrom } from '../drawn/draw.ts'
import { startEnvoy } from '../support/envoy.ts'
import { type DrawnMessages, drawMessages } from './draw-message.ts'
import { exchange, type Heard } from './exchange.ts'
import { oddities } from './oddities.ts'
import { type RecordingBackend, startRecordingBackend } from './recording-backend.ts'

const connections = Number(process.env['SAME_MESSAGES'] ?? 1500)

interface Outcome extends Heard {
  readonly forwarded: readonly string[]
}

interface Pair {
  readonly drawn: DrawnMessages
  readonly envoy: Outcome
  readonly ours: Outcome
}

interface Side {
  readonly port: number
  readonly backend: RecordingBackend
}

const pairs: Pair[] = []
const closing: (() => unknown)[] = []

beforeAll(async () => {
  const sides = { envoy: await envoySide(), ours: await ourSide() }
  const draw = drawFrom(seededRandom(Number(process.env['SAME_MESSAGES_SEED'] ?? 6_001)))
  for (let i = 0; i < connections; i++) {
    const drawn = drawMessages(draw, i)
    const [envoy, ours] = await Promise.all([play(sides.envoy, drawn), play(sides.ours, drawn)])
    pairs.push({ drawn, envoy, ours })
  }
}, 600_000)
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

interface Accepted {
  readonly odd: string
  readonly reason: string
}

test('every connection is answered, and reaches the backend, as with Envoy', () => {
  const accepted = JSON.parse(
    readFileSync(new URL('accepted-differences.json', import.meta.url), 'utf8'),
  ) as readonly Accepted[]
  const known = new Set(accepted.map(({ odd }) => odd))

  const differing = pairs.filter(({ envoy, ours }) => show(envoy) !== show(ours))

  const unlisted = differing.filter(({ drawn }) => drawn.odd === undefined || !known.has(drawn.odd))
  expect(unlisted.map(describePair)).toEqual([])
  const seen = new Set(differing.map(({ drawn }) => drawn.odd))
  expect([...known].filter((it) => !seen.has(it))).toEqual([])
  expect(pairs).toHaveLength(connections)
})

test('every oddity was drawn, and both plain and odd requests were forwarded and refused', () => {
  const drawn = new Set(pairs.map((it) => it.drawn.odd))
  expect(oddities.filter(({ name }) => !drawn.has(name))).toEqual([])
  const forwarded = pairs.reduce((sum, { envoy }) => sum + envoy.forwarded.length, 0)
  const refused = pairs.filter(({ envoy }) => envoy.statuses.some((it) => it >= 400)).length
  console.log(
    `${pairs.length} connections, ${forwarded} requests forwarded, ${refused} connections refused one`,
  )
  expect(forwarded).toBeGreaterThan(connections)
  expect(refused).toBeGreaterThan(connections / 4)
})

test('a header that is lost, an answer too many and a connection left open would be told', () => {
  const plain = pairs.find(({ envoy }) => envoy.forwarded.length > 1)?.envoy
  if (plain === undefined) throw new Error('no request was forwarded')
  const [first = '', ...rest] = plain.forwarded
  const faulty: Outcome[] = [
    { ...plain, forwarded: [first.replace('"x-place: 0"', ''), ...rest] },
    { ...plain, forwarded: rest },
    { ...plain, statuses: [...plain.statuses, 200] },
    { ...plain, closed: !plain.closed },
  ]
  expect(faulty.filter((it) => show(it) === show(plain))).toEqual([])
})

async function play({ port, backend }: Side, drawn: DrawnMessages): Promise<Outcome> {
  const heard = await exchange(port, drawn)
  return { ...heard, forwarded: await backend.taken() }
}

function show({ statuses, closed, forwarded }: Outcome): string {
  return JSON.stringify({ statuses, closed, forwarded })
}

function describePair({ drawn, envoy, ours }: Pair): string {
  const text = drawn.text.length > 600 ? `${drawn.text.slice(0, 600)} …` : drawn.text
  return `${drawn.odd ?? 'plain'}\n  sent  ${JSON.stringify(text)}\n  envoy ${show(envoy).slice(0, 900)}\n  ours  ${show(ours).slice(0, 900)}`
}

async function envoySide(): Promise<Side> {
  const backend = await backendToClose()
  const envoy = await startEnvoy(
    JSON.stringify({ admin, staticResources: resources(backend.port) }),
  )
  closing.push(() => envoy.close())
  const port = await until('the listener of Envoy', async () => {
    const { listener_statuses: [it] = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return it?.local_address.socket_address.port_value as number | undefined
  })
  return { port, backend }
}

async function ourSide(): Promise<Side> {
  const backend = await backendToClose()
  const node = { id: 'same-messages', cluster: 'test' }
  const ours = await startProxy({
    bootstrap: parseBootstrap(JSON.stringify({ node, staticResources: resources(backend.port) })),
  })
  closing.push(() => ours.close())
  await ours.ready
  return { port: ours.proxy.listeners.get('in')?.port ?? 0, backend }
}

async function backendToClose(): Promise<RecordingBackend> {
  const backend = await startRecordingBackend()
  closing.push(() => backend.close())
  return backend
}

const admin = { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } }
const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/envoy.${type}` })

function resources(backendPort: number): object {
  const loopback = (portValue: number): object => ({
    socketAddress: { address: '127.0.0.1', portValue },
  })
  const lbEndpoints = [{ endpoint: { address: loopback(backendPort) } }]
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'backend' } }]
  return {
    listeners: [
      {
        name: 'in',
        address: loopback(0),
        filterChains: [
          {
            filters: [
              {
                name: 'http',
                typedConfig: {
                  ...of(
                    'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                  ),
                  statPrefix: 'test',
                  codecType: 'HTTP1',
                  // Envoy waits so long for the client to close first.
                  delayedCloseTimeout: '0.05s',
                  routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes }] },
                  httpFilters: [
                    { name: 'router', typedConfig: of('extensions.filters.http.router.v3.Router') },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
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
