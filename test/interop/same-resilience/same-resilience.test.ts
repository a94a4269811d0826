// The same routes and clusters given to real Envoy and to the mini-proxy: retries, time-outs, races of tries, and what is counted and logged of them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProxy, type MeshProxy, viewOf } from '@meshwright/mini-proxy'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../same-limits/scripted-upstream.ts'
import { type RunningEnvoy, startEnvoy, statsOf } from '../support/envoy.ts'
import { drawnScenarios } from './drawn-scenarios.ts'
import { chainFilters, filterScenarios } from './filter-scenarios.ts'
import { limitScenarios } from './limit-scenarios.ts'
import { type Ports, resourcesFor } from './resources.ts'
import { retryScenarios } from './retry-scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { hangUp, type Outcome, play, type Side, sendMany } from './side.ts'
import { timeScenarios } from './time-scenarios.ts'

const scenarios = [...retryScenarios, ...timeScenarios, ...limitScenarios, ...filterScenarios]

/** What is not alike, and why it may be so. */
const accepted: readonly { readonly difference: string; readonly reason: string }[] = JSON.parse(
  readFileSync('test/interop/same-resilience/accepted-differences.json', 'utf8'),
)
const found = new Set<string>()

const folder = mkdtempSync(join(tmpdir(), 'same-resilience-'))
let upstream: ScriptedUpstream
let envoy: RunningEnvoy
let proxy: MeshProxy
let sides: { readonly envoy: Side; readonly ours: Side }

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const ports: Ports = { upstream: upstream.port, closed: await closedPort() }
  const log = join(folder, 'envoy.log')
  const resources = resourcesFor([...scenarios, ...drawnScenarios], ports, log, chainFilters)
  envoy = await startEnvoy(
    JSON.stringify({
      admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
      staticResources: resources,
    }),
  )
  const lines = new Map<string, string>()
  proxy = createProxy({ accessLog: (line) => keepLine(line.trimEnd(), lines) })
  await proxy.apply(viewOf(resources))
  sides = { envoy: await envoySide(log), ours: oursSide(lines) }
})
afterAll(async () => {
  hangUp()
  await proxy?.close()
  await envoy?.close()
  await upstream?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('Envoy and mini-proxy do the same', () => {
  test.concurrent.each(scenarios.filter((it) => !timeScenarios.includes(it)))('$name', compare)
  // Alone, so that nothing is late for want of time.
  test.each(timeScenarios)('$name', compare)
})

async function compare(scenario: Scenario): Promise<void> {
  const [theirs, own] = await Promise.all([
    play(sides.envoy, scenario, upstream),
    play(sides.ours, scenario, upstream),
  ])
  if (scenario.isDrawn) {
    expect(own.map((it) => it.status)).toEqual(theirs.map((it) => it.status))
    return
  }
  const differences = [
    ...outcomeDifferences(theirs, own),
    ...(await countDifferences(scenario)),
  ].map((it) => it.replaceAll(`127.0.0.1:${upstream.port}`, '<host>'))
  for (const it of differences) found.add(it)
  expect(differences.filter((it) => !accepted.some(({ difference }) => difference === it))).toEqual(
    [],
  )
  expect(theirs).toHaveLength(scenario.requests.length)
}

test('faults are counted alike', async () => {
  const [theirs, own] = await Promise.all([
    sides.envoy.counts('http.in.'),
    sides.ours.counts('http.in.'),
  ])
  expect(differencesOf(theirs, own)).toEqual([])
  expect(theirs.get('fault.aborts_injected')).toBeGreaterThan(5)
})

describe('drawn', () => {
  test.each(drawnScenarios)('$name: both come within the bounds', async ({ name, share }) => {
    const [theirs, own] = await Promise.all([timesOf(name, sides.envoy), timesOf(name, sides.ours)])
    console.log(`${name}: envoy ${theirs}, ours ${own} of ${draws}`)
    expect([theirs, own].filter((it) => !isWithin(it, share))).toEqual([])
  })

  test('a share that is a quarter too large is found out', () => {
    expect(drawnScenarios.filter(({ share }) => isWithin(draws * share * 1.25, share))).toEqual([])
  })
})

/** In how many of many requests what may happen did. */
async function timesOf(name: string, side: Side): Promise<number> {
  const ids = await sendMany(side, name, draws)
  if (name.startsWith('mirror')) {
    // The last copies may still be on their way.
    await new Promise((resolve) => setTimeout(resolve, 500))
    return ids.reduce((sum, id) => sum + upstream.tries(id) - 1, 0)
  }
  const lines = await Promise.all(ids.map((id) => side.logged(id)))
  const wanted = name.startsWith('abort') ? '418 FI ' : '200 DI '
  return lines.filter((it) => it.startsWith(wanted)).length
}

const draws = 4000
/** Five standard deviations: passed by chance once in two million times. */
function isWithin(count: number, share: number): boolean {
  return Math.abs(count - draws * share) <= 5 * Math.sqrt(draws * share * (1 - share))
}

test('what is accepted as different still is', () => {
  expect(accepted.map((it) => it.difference).filter((it) => !found.has(it))).toEqual([])
})

function outcomeDifferences(theirs: readonly Outcome[], own: readonly Outcome[]): string[] {
  return theirs.flatMap((it, i) =>
    (['status', 'body', 'headers', 'logged', 'tries'] as const).flatMap((part) => {
      const [envoys, ours] = [it, own[i]].map((of) => JSON.stringify(of?.[part]))
      return envoys === ours ? [] : [`request ${i}, ${part}: envoy ${envoys}, ours ${ours}`]
    }),
  )
}

/** Of the cluster, of those that get copies, and of its limit. */
async function countDifferences({ name, mirrors = [], atOnce }: Scenario): Promise<string[]> {
  const prefixes = [name, ...mirrors].map((it) => `cluster.${it}.`)
  const all: string[] = []
  let counted = 0
  for (const prefix of [...prefixes, `${name}.http_local_rate_limit.`]) {
    const [theirs, own] = await Promise.all([sides.envoy.counts(prefix), sides.ours.counts(prefix)])
    counted += theirs.size
    all.push(...differencesOf(theirs, own))
  }
  if (counted === 0) return ['Envoy has counted nothing']
  // Of requests that come at once it is a matter of chance how many meet a connection that is there already.
  return atOnce === true ? all.filter((it) => !it.startsWith('upstream_rq_pending_total:')) : all
}

function differencesOf(
  theirs: ReadonlyMap<string, number>,
  own: ReadonlyMap<string, number>,
): string[] {
  return [...new Set([...theirs.keys(), ...own.keys()])]
    .sort()
    .filter((it) => (theirs.get(it) ?? 0) !== (own.get(it) ?? 0))
    .map((it) => `${it}: envoy ${theirs.get(it) ?? 'none'}, ours ${own.get(it) ?? 'none'}`)
}

async function envoySide(log: string): Promise<Side> {
  const port = await until('the listener of Envoy', async () => {
    const page = await envoy.admin('/listeners?format=json').catch(() => {
      throw new Error(envoy.log.join('\n'))
    })
    const { listener_statuses = [] } = JSON.parse(page)
    return listener_statuses[0]?.local_address.socket_address.port_value as number | undefined
  })
  const theirLines = new LogFile(log)
  return {
    name: 'envoy',
    port,
    logged: (id) => until(`the log of ${id}`, () => theirLines.of(id)),
    counts: async (prefix) => {
      const stats = await statsOf(envoy, `^${prefix.replaceAll('.', '\\.')}`)
      return numbersOf(
        [...stats].map(([name, value]) => [name, Number(value)]),
        prefix,
      )
    },
  }
}

function oursSide(lines: ReadonlyMap<string, string>): Side {
  return {
    name: 'ours',
    port: proxy.listeners.get('in')?.port ?? 0,
    logged: (id) => until(`the log of ${id}`, () => lines.get(id)),
    counts: async (prefix) =>
      numbersOf(
        proxy.stats
          .list()
          .map(({ name, instrument }) => [name, 'value' in instrument ? instrument.value : NaN]),
        prefix,
      ),
  }
}

/** Connections are their pools' own affair. */
const ofRequests =
  /upstream_rq_|retry|circuit_breakers|upstream_cx_none_healthy|^(enabled|enforced|ok|rate_limited|shadow)|^fault\./

function numbersOf(
  all: readonly (readonly [name: string, value: number])[],
  prefix: string,
): Map<string, number> {
  const own = all
    .filter(([name, value]) => name.startsWith(prefix) && !Number.isNaN(value))
    .map(([name, value]) => [name.slice(prefix.length), value] as const)
  return new Map(own.filter(([name]) => ofRequests.test(name)))
}

/** A line begins with who the request said it is. */
function keepLine(line: string, lines: Map<string, string>): void {
  const at = line.indexOf(' ')
  if (at > 0) lines.set(line.slice(0, at), line.slice(at + 1))
}

/** The lines of a log that grows. */
class LogFile {
  readonly #path: string
  readonly #lines = new Map<string, string>()

  constructor(path: string) {
    this.#path = path
  }

  of(id: string): string | undefined {
    if (!this.#lines.has(id) && existsSync(this.#path)) {
      for (const line of readFileSync(this.#path, 'utf8').split('\n').slice(0, -1)) {
        keepLine(line, this.#lines)
      }
    }
    return this.#lines.get(id)
  }
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  const port = await until('a port', () => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  })
  await new Promise((resolve) => server.close(resolve))
  return port
}
