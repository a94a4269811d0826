// Scripts of what hosts answer, played to real Envoy and to the mini-proxy: each request is answered alike, by the same host, and the
// same hosts are ejected after each.
import { Agent, request as httpRequest } from 'node:http'
import { createProxy, type MeshProxy, viewOf } from '@meshwright/mini-proxy'
import { ManualClock, seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type RunningEnvoy, startEnvoy, statsOf } from '../support/envoy.ts'
import { drawScript } from './drawn-script.ts'
import { EnvoySide } from './envoy-side.ts'
import { allEnded, playedInTime, TooSlowError } from './in-time.ts'
import { type Answer, intervalMs, marker, round, type Script, scripts } from './script.ts'
import {
  askedHeader,
  keyHeader,
  keysOf,
  type Steered,
  steeredResources,
} from './steered-bootstrap.ts'
import { addressOf, hostAt, startUpstreams, type Upstreams } from './upstreams.ts'

const random = seededRandom(20_261_122)
const drawn = Array.from({ length: 60 }, (_, i): Steered => {
  const script = drawScript(`drawn-${i}`, random)
  const leavesOut = i % 2 === 0
  return { ...(leavesOut ? withoutRefusals(script) : script), leavesOut }
})
const passing = scripts.map((it, i): Steered & { title: string } => ({
  ...it,
  name: `passes-${i}`,
  title: it.name,
  leavesOut: false,
}))
const all: readonly Steered[] = [...drawn, ...passing]

/** What a request came to: the status, and the host that was asked. */
interface Outcome {
  readonly status: number
  readonly asked: string | undefined
}

/** What playing a script showed. */
interface Played {
  readonly script: Steered
  readonly requests: number
  /** Requests that a host other than the one aimed at was asked, as that one was ejected. */
  readonly elsewhere: number
  readonly ejections: number
  readonly differences: readonly object[]
}

const agent = new Agent({ keepAlive: true })
const proxies: MeshProxy[] = []
let upstreams: Upstreams
let envoy: RunningEnvoy
let side: EnvoySide
let envoyPort: number
const played: Played[] = []

beforeAll(() => playedInTime(playAll))
afterAll(async () => {
  await stop()
  agent.destroy()
})

async function stop(): Promise<void> {
  side?.close()
  for (const proxy of proxies.splice(0)) await proxy.close()
  await envoy?.close()
  await upstreams?.close()
}

async function playAll(): Promise<void> {
  await stop()
  played.length = 0
  upstreams = await startUpstreams([
    ...new Set(all.flatMap((it) => it.hosts.map((host) => addressOf(it.group, host)))),
  ])
  const resources = steeredResources(all, upstreams.port)
  envoy = await startEnvoy(
    JSON.stringify({
      admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
      staticResources: resources,
    }),
  )
  envoyPort = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value
  })
  side = new EnvoySide(envoy, upstreams, envoyPort)
  const ours = await startOurs(drawn)
  for (const script of drawn) played.push(await new Match(script, ours).play())
  played.push(...(await allEnded(passing.map(playInPasses))))
}

test('drawn scripts: the mini-proxy ejects whom Envoy ejects, and answers as Envoy answers', () => {
  const them = played.filter(({ script }) => !script.passes)
  console.log(`${them.length} scripts, ${tallyOf(them)}`)

  expect(them.flatMap((it) => it.differences)).toEqual([])
  expect(sum(them, 'requests')).toBe(60 * drawn.length)
  expect(sum(them, 'ejections')).toBeGreaterThan(25)
  expect(sum(them, 'elsewhere')).toBeGreaterThan(200)
})

test.each(passing)('passes: $title', ({ name }) => {
  const it = played.find(({ script }) => script.name === name)
  if (it === undefined) throw new Error('not played')
  console.log(`${name}: ${tallyOf([it])}`)

  expect(it.differences).toEqual([])
  expect(it.requests).toBeGreaterThan(30)
})

test('a proxy that is one failure late is found out', async () => {
  const first = drawn.filter((it) => played.some((one) => one.script === it && one.ejections > 0))
  const late = first.slice(0, 10).map((it, i) => ({
    ...it,
    name: it.name,
    lateness: i,
    options: {
      ...it.options,
      consecutive5xx: (it.options.consecutive5xx ?? 5) + 1,
      consecutiveGatewayFailure: (it.options.consecutiveGatewayFailure ?? 5) + 1,
      consecutiveLocalOriginFailure: (it.options.consecutiveLocalOriginFailure ?? 5) + 1,
    },
  }))
  const ours = await startOurs(late)
  // Envoy has its ejections from before: so it is our own proxy in time that stands for it.
  const inTime = await startOurs(first.slice(0, 10))
  const found: string[] = []
  for (const script of late) {
    const outcomes = await Promise.all(
      [ours, inTime].map(async (proxy) => {
        const seen: string[] = []
        const match = new Match(script, proxy)
        for (const { host, answer } of script.rounds.flatMap((it) => it.requests)) {
          if (answer === 'refuse') continue
          const outcome = await match.ask(portOf(proxy), host, answer)
          seen.push(`${outcome.status} ${outcome.asked} ${match.ejected().join()}`)
        }
        return seen.join('\n')
      }),
    )
    if (outcomes[0] !== outcomes[1]) found.push(script.name)
  }
  expect(late).toHaveLength(10)
  expect(found.length).toBeGreaterThan(5)
})

/** One script on its way through both proxies. */
class Match {
  readonly #script: Steered
  readonly #ours: MeshProxy
  readonly #keys: ReadonlyMap<string, string>
  readonly #differences: object[] = []
  #requests = 0
  #elsewhere = 0
  #ejections = 0
  #ejectedBefore = ''

  constructor(script: Steered, ours: MeshProxy) {
    this.#script = script
    this.#ours = ours
    this.#keys = keysOf(script, upstreams.port)
  }

  async play(): Promise<Played> {
    for (const { requests } of this.#script.rounds) await this.round(requests)
    return this.end()
  }

  async round(requests: Script['rounds'][number]['requests']): Promise<void> {
    for (const { host, answer } of requests) {
      const before = this.ejected().join()
      await this.#request(host, answer)
      // In scripts with passes time is short, and only what changes is worth waiting for.
      const isQuiet = this.#script.passes ? this.ejected().join() === before : answer === 200
      if (!isQuiet) await this.compare(`request ${this.#requests}`)
    }
  }

  /** Who is ejected now. */
  async compare(when: string): Promise<void> {
    const theirs = (await side.ejected(this.#script.name)).sort().join()
    const mine = this.ejected().join()
    if (mine !== theirs) this.#differ({ when, ours: mine, envoy: theirs })
    if (mine !== this.#ejectedBefore && mine.length > this.#ejectedBefore.length) this.#ejections++
    this.#ejectedBefore = mine
  }

  async end(): Promise<Played> {
    const prefix = `cluster.${this.#script.name}.outlier_detection.`
    const ours = new Map(
      this.#ours.stats
        .list()
        .map(({ name, instrument }) => [name, 'value' in instrument ? instrument.value : 0]),
    )
    const theirs = await statsOf(envoy, `^${prefix.replaceAll('.', '\\.')}`)
    if (theirs.size === 0) this.#differ({ counters: 'none' })
    for (const [name, value] of theirs) {
      // Of what came with 1.40, `detect_degraded_hosts`, there is nothing here.
      if (name.endsWith('ejections_detected_degradation')) continue
      if (ours.get(name) !== Number(value)) {
        this.#differ({ name, ours: ours.get(name), envoy: value })
      }
    }
    const { length } = this.#differences
    return {
      script: this.#script,
      requests: this.#requests,
      elsewhere: this.#elsewhere,
      ejections: this.#ejections,
      differences: length === 0 ? [] : [{ options: this.#script.options }, ...this.#differences],
    }
  }

  ejected(): string[] {
    const cluster = this.#ours.clusters.find((it) => it.name === this.#script.name)
    return (cluster?.hosts ?? [])
      .filter((it) => it.ejected)
      .map((it) => hostAt(it.address))
      .sort()
  }

  async ask(port: number, host: string, answer: Answer): Promise<Outcome> {
    const headers = {
      'x-cluster': this.#script.name,
      [keyHeader]: this.#keys.get(host) ?? '',
      'x-answer': String(answer),
    }
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({ host: '127.0.0.1', port, agent, headers }, (response) => {
        const asked = response.headers[askedHeader]
        response.resume().on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            asked: typeof asked === 'string' && asked !== '-' ? hostAt(asked) : undefined,
          }),
        )
      })
      outgoing.on('error', reject).end()
    })
  }

  async #request(host: string, answer: Answer): Promise<void> {
    const address = addressOf(this.#script.group, host)
    if (answer === 'refuse') await upstreams.refuse(address)
    const [envoys, mine] = await Promise.all([
      this.ask(envoyPort, host, answer),
      this.ask(portOf(this.#ours), host, answer),
    ])
    if (answer === 'refuse') await upstreams.accept(address)
    this.#requests++
    if (mine.asked !== host && mine.asked !== undefined) this.#elsewhere++
    if (mine.status !== envoys.status || mine.asked !== envoys.asked) {
      this.#differ({ request: this.#requests, host, answer, ours: mine, envoy: envoys })
    }
  }

  #differ(what: object): void {
    this.#differences.push({ name: this.#script.name, ...what })
  }
}

/** Envoy's passes come with its time; ours when they are told to. */
async function playInPasses(script: Steered): Promise<Played> {
  const time = new ManualClock()
  const match = new Match(script, await startOurs([script], time))
  let passes = 0
  const pass = async (isShown: boolean, when: string): Promise<void> => {
    await side.untilRate(script.name, marker, isShown)
    passes++
    time.advance(passes * intervalMs - time.now())
    await match.compare(when)
    time.advance(intervalMs / 5)
  }
  // The first round only finds out when passes are.
  for (const [i, { requests }] of [round(''), ...script.rounds].entries()) {
    const startedAt = performance.now()
    await match.round(requests)
    const tookMs = performance.now() - startedAt
    if (i > 0 && tookMs > intervalMs / 3) {
      throw new TooSlowError(tookMs, intervalMs / 3)
    }
    await match.compare(`round ${i}`)
    await pass(true, `pass after round ${i}`)
    await pass(false, `second pass after round ${i}`)
  }
  return match.end()
}

async function startOurs(them: readonly Steered[], time?: ManualClock): Promise<MeshProxy> {
  const proxy = createProxy(time && { clock: time, timers: time })
  proxies.push(proxy)
  await proxy.apply(viewOf(steeredResources(them, upstreams.port)))
  return proxy
}

function portOf(proxy: MeshProxy): number {
  return proxy.listeners.get('in')?.port ?? 0
}

/** Whoever is asked in place of an ejected host takes its connection. */
function withoutRefusals(script: Script): Script {
  const rounds = script.rounds.map(({ requests }) => ({
    requests: requests.map(({ host, answer }) => ({
      host,
      answer: answer === 'refuse' ? ('reset' as const) : answer,
    })),
  }))
  return { ...script, rounds }
}

function sum(them: readonly Played[], what: 'requests' | 'elsewhere' | 'ejections'): number {
  return them.reduce((total, it) => total + it[what], 0)
}

function tallyOf(them: readonly Played[]): string {
  return (['requests', 'elsewhere', 'ejections'] as const)
    .map((what) => `${what}: ${sum(them, what)}`)
    .join(', ')
}
