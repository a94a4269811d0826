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
import { limitScenarios } from './limit-scenarios.ts'
import { type Ports, resourcesFor } from './resources.ts'
import { retryScenarios } from './retry-scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { hangUp, type Outcome, play, type Side } from './side.ts'
import { timeScenarios } from './time-scenarios.ts'

const scenarios = [...retryScenarios, ...timeScenarios, ...limitScenarios]

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
  const resources = resourcesFor(scenarios, ports, log)
  envoy = await startEnvoy(
    JSON.stringify({
      admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
      staticResources: resources,
    }),
  )
  const lines: string[] = []
  proxy = createProxy({ accessLog: (line) => void lines.push(...line.trimEnd().split('\n')) })
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
  test.concurrent.each(scenarios)('$name', async (scenario) => {
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
    expect(
      differences.filter((it) => !accepted.some(({ difference }) => difference === it)),
    ).toEqual([])
    expect(theirs).toHaveLength(scenario.requests.length)
  })
})

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

async function countDifferences({ name }: Scenario): Promise<string[]> {
  const prefix = `cluster.${name}.`
  const theirs = await sides.envoy.counts(prefix)
  const own = await sides.ours.counts(prefix)
  const names = [...new Set([...theirs.keys(), ...own.keys()])]
  if ((theirs.get('upstream_rq_completed') ?? 0) === 0) return ['Envoy has counted nothing']
  return names
    .sort()
    .filter((it) => (theirs.get(it) ?? 0) !== (own.get(it) ?? 0))
    .map((it) => `${it}: envoy ${theirs.get(it) ?? 'none'}, ours ${own.get(it) ?? 'none'}`)
}

async function envoySide(log: string): Promise<Side> {
  const port = await until('the listener of Envoy', async () => {
    const { listener_statuses = [] } = JSON.parse(await envoy.admin('/listeners?format=json'))
    return listener_statuses[0]?.local_address.socket_address.port_value as number | undefined
  })
  return {
    name: 'envoy',
    port,
    logged: (id) =>
      until(`the log of ${id}`, () => {
        const text = existsSync(log) ? readFileSync(log, 'utf8') : ''
        return lineOf(text.split('\n'), id)
      }),
    counts: async (prefix) => {
      const stats = await statsOf(envoy, `^${prefix.replaceAll('.', '\\.')}`)
      return numbersOf(
        [...stats].map(([name, value]) => [name, Number(value)]),
        prefix,
      )
    },
  }
}

function oursSide(lines: readonly string[]): Side {
  return {
    name: 'ours',
    port: proxy.listeners.get('in')?.port ?? 0,
    logged: (id) => until(`the log of ${id}`, () => lineOf(lines, id)),
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
const ofRequests = /upstream_rq_|retry|circuit_breakers|upstream_cx_none_healthy/

function numbersOf(
  all: readonly (readonly [name: string, value: number])[],
  prefix: string,
): Map<string, number> {
  const own = all
    .filter(([name, value]) => name.startsWith(prefix) && !Number.isNaN(value))
    .map(([name, value]) => [name.slice(prefix.length), value] as const)
  return new Map(own.filter(([name]) => ofRequests.test(name)))
}

function lineOf(lines: readonly string[], id: string): string | undefined {
  return lines.find((it) => it.startsWith(`${id} `))?.slice(id.length + 1)
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
