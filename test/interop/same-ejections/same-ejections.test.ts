// Scripts of what hosts answer, played to real Envoy and to our detector: the same hosts are ejected, in the same order.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type RunningEnvoy, startEnvoy, statsOf } from '../support/envoy.ts'
import { drawScript } from './drawn-script.ts'
import { EnvoySide, readEvents } from './envoy-side.ts'
import { allEnded, playedInTime, TooSlowError } from './in-time.ts'
import { bootstrapOf } from './outlier-bootstrap.ts'
import { OurSide, type Told } from './play-ours.ts'
import { intervalMs, marker, round, type Script, scripts, twice } from './script.ts'
import { addressOf, startUpstreams, type Upstreams } from './upstreams.ts'

const random = seededRandom(20_261_121)
const drawn = Array.from({ length: 60 }, (_, i) => drawScript(`drawn-${i}`, random))
const passing = scripts.map((it, i) => ({ ...it, name: `passes-${i}`, title: it.name }))
const departing = { ...twice, name: 'departs' }
const all: readonly Script[] = [...drawn, ...passing, departing]

/** Both sides of one script, when all of it is played. */
interface Played {
  readonly script: Script
  readonly ours: OurSide
  /** Ejected hosts after each round and pass, where the sides were not at one. */
  readonly differences: object[]
  readonly counters: Map<string, string>
}

const folder = mkdtempSync(join(tmpdir(), 'same-ejections-'))
const eventLog = join(folder, 'events')
let upstreams: Upstreams
let envoy: RunningEnvoy
let side: EnvoySide
let played: Played[]
let told: Map<string, Told[]>

beforeAll(() => playedInTime(playAll))
afterAll(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

async function stop(): Promise<void> {
  side?.close()
  await envoy?.close()
  await upstreams?.close()
}

async function playAll(): Promise<void> {
  await stop()
  rmSync(eventLog, { force: true })
  upstreams = await startUpstreams([
    ...new Set(all.flatMap((it) => it.hosts.map((host) => addressOf(it.group, host)))),
  ])
  envoy = await startEnvoy(bootstrapOf(all, upstreams.port, eventLog))
  const port = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value
  })
  side = new EnvoySide(envoy, upstreams, port)
  played = []
  for (const script of drawn) played.push(await play(script))
  played.push(...(await allEnded([...passing, departing].map(play))))
  const lines = played.flatMap(({ ours }) => ours.told.flat()).length
  // Envoy writes its log every ten seconds. What is missing by then is missing. It tells one more than ours: see the case that departs.
  await until('the log of outlier events', () => countOf(readEvents(eventLog)) > lines).catch(
    () => {},
  )
  told = readEvents(eventLog)
}

test('drawn scripts: every run of failures ejects as in Envoy, in the same order', () => {
  const them = played.filter(({ script }) => script.name.startsWith('drawn'))
  const events = them.flatMap(({ ours }) => ours.told.flat())
  console.log(`${them.length} scripts, ${tallyOf(events)}`)

  expect(them.flatMap(differencesOf)).toEqual([])
  expect(events.length).toBeGreaterThan(200)
})

test.each(passing)('passes: $title', ({ name }) => {
  const it = played.find(({ script }) => script.name === name)
  if (it === undefined) throw new Error('not played')
  console.log(`${name}: ${tallyOf(it.ours.told.flat())}`)

  expect(differencesOf(it)).toEqual([])
  expect(it.ours.told.flat()).not.toEqual([])
})

test('a host found twice in one pass is ejected once; Envoy ejects it twice and keeps counting it', () => {
  const { ours, counters } = played.find(({ script }) => script === departing) ?? {}
  const envoy = (name: string): string | undefined =>
    counters?.get(`cluster.departs.outlier_detection.${name}`)

  expect(told.get('departs')?.map(({ what }) => what)).toEqual([
    'ejected SUCCESS_RATE 1',
    'ejected FAILURE_PERCENTAGE 2',
    'back 2',
  ])
  expect(ours?.told.flat().map(({ what }) => what)).toEqual(['ejected SUCCESS_RATE 1', 'back 1'])
  expect([envoy('ejections_enforced_total'), envoy('ejections_active')]).toEqual(['2', '1'])
  expect(ours?.detector.counters).toMatchObject({
    ejections_enforced_total: 1,
    ejections_active: 0,
  })
})

test('a detector that is one failure late is found out', () => {
  const late = played.filter(({ script, ours }) => {
    const { consecutive5xx = 5, ...options } = script.options
    const other = new OurSide({
      ...script,
      options: { ...options, consecutive5xx: consecutive5xx + 1 },
    })
    for (const { requests } of script.rounds) {
      for (const { host, answer } of requests) other.request(host, answer)
    }
    return (
      !script.passes &&
      differencesOf({ script, ours: other, differences: [], counters: new Map() }).length > 0 &&
      ours.told.flat().length > 0
    )
  })
  expect(late.length).toBeGreaterThan(20)
})

async function play(script: Script): Promise<Played> {
  const ours = new OurSide(script)
  const differences: object[] = []
  const compare = async (when: string): Promise<void> => {
    const theirs = await side.ejected(script.name)
    const mine = ours.ejected(script.hosts)
    if (mine.join() !== theirs.join()) differences.push({ when, ours: mine, envoy: theirs })
  }
  const pass = async (isShown: boolean): Promise<void> => {
    await side.untilRate(script.name, marker, isShown)
    ours.pass()
  }
  // The first round only finds out when passes are.
  const rounds = script.passes ? [round(''), ...script.rounds] : script.rounds
  for (const [i, { requests }] of rounds.entries()) {
    const startedAt = performance.now()
    for (const { host, answer } of requests) {
      await side.request(script, host, answer)
      // A worker tells the main thread: wait for it before the next answer.
      if (ours.request(host, answer)) await side.settled()
    }
    const tookMs = performance.now() - startedAt
    await compare(`round ${i}`)
    if (!script.passes) continue
    if (i > 0 && tookMs > intervalMs / 3) {
      throw new TooSlowError(tookMs, intervalMs / 3)
    }
    await pass(true)
    await compare(`pass after round ${i}`)
    await pass(false)
    await compare(`second pass after round ${i}`)
  }
  const counters = await statsOf(envoy, `^cluster\\.${script.name}\\.outlier_detection\\.`)
  return { script, ours, differences, counters }
}

/** In what the sides differ: hosts ejected at one time, the order of events, and counters. */
function differencesOf({ script, ours, differences, counters }: Played): object[] {
  const { name } = script
  const theirs = [...(told.get(name) ?? [])]
  const found: object[] = differences.map((it) => ({ name, ...it }))
  for (const [i, mine] of ours.told.entries()) {
    const envoys = theirs.splice(0, mine.length)
    // In a pass Envoy goes through its hosts in no order.
    if (textOf(mine) !== textOf(envoys)) found.push({ name, step: i, ours: mine, envoy: envoys })
  }
  if (theirs.length > 0) found.push({ name, more: theirs })
  for (const [stat, value] of counters) {
    const counter = stat.split('.').at(-1) ?? ''
    // Of what came with 1.40, `detect_degraded_hosts`, there is nothing here.
    if (counter === 'ejections_detected_degradation') continue
    const mine = ours.detector.counters[counter]
    if (mine !== Number(value)) found.push({ name, stat, ours: mine, envoy: value })
  }
  return found.length === 0 ? [] : [{ options: script.options }, ...found]
}

function textOf(events: readonly Told[]): string {
  return events
    .map((it) => `${it.host} ${it.what}`)
    .sort()
    .join()
}

function countOf(events: Map<string, Told[]>): number {
  return [...events.values()].flat().length
}

function tallyOf(events: readonly Told[]): string {
  const counts = new Map<string, number>()
  for (const { what } of events) {
    const kind = what.replace(/ \d+$/, '')
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => `${kind}: ${count}`).join(', ')
}
