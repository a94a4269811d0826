import { Agent, request as httpRequest } from 'node:http'
import { until } from '../../support/until.ts'
import type { ScriptedUpstream } from '../same-limits/scripted-upstream.ts'
import { idHeader } from './resources.ts'
import type { Scenario, ScriptedRequest } from './scenarios.ts'

/** One of the two proxies. */
export interface Side {
  readonly name: 'envoy' | 'ours'
  readonly port: number
  /** What the access log says of a request, once it does. */
  logged(id: string): Promise<string>
  /** Counters and gauges whose names begin with a prefix. */
  counts(prefix: string): Promise<ReadonlyMap<string, number>>
}

/** What came of a request. */
export interface Outcome {
  readonly status: number | 'broken off'
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
  /** Code, flags, details, number of tries, host, address, cluster. */
  readonly logged: string
  /** What each try told the upstream of itself. */
  readonly tries: readonly unknown[]
}

const agent = new Agent({ keepAlive: true })

/** Ends the connections that requests were sent on. */
export function hangUp(): void {
  agent.destroy()
}

/** Sends the requests of a scenario, one after the other unless they are to come at once. */
export async function play(
  side: Side,
  scenario: Scenario,
  upstream: ScriptedUpstream,
): Promise<Outcome[]> {
  const { requests } = scenario
  const one = (nth: number): Promise<Outcome> => playOne(side, { scenario, nth }, upstream)
  if (scenario.atOnce === true) {
    const outcomes = await Promise.all(requests.map((_, nth) => one(nth)))
    return outcomes.sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)))
  }
  const outcomes: Outcome[] = []
  for (const nth of requests.keys()) outcomes.push(await one(nth))
  return outcomes
}

async function playOne(
  side: Side,
  { scenario, nth }: { readonly scenario: Scenario; readonly nth: number },
  upstream: ScriptedUpstream,
): Promise<Outcome> {
  const id = `${side.name}-${scenario.name}-${nth}`
  const request = scenario.requests[nth] ?? { script: [] }
  const { status, body, headers } = await send(side.port, scenario.name, id, request)
  const line = await side.logged(id)
  const copies = scenario.mirrors?.length ?? 0
  if (copies > 0) await until(`copies of ${id}`, () => upstream.tries(id) > copies)
  const tries = upstream.seen(id).map((it, i) => told(it, copies > 0 ? 0 : i))
  if (copies > 0) tries.sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)))
  return { status, body, headers: told(headers, 1), logged: line, tries }
}

/** Sends plain requests, some at a time; returns who they said they are. */
export async function sendMany(side: Side, host: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `${side.name}-${host}-${i}`)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      await send(side.port, host, id, { script: [{ status: 200 }] })
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return ids
}

interface Answer {
  readonly status: number | 'broken off'
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

function send(
  port: number,
  host: string,
  id: string,
  { script, headers = {}, method = 'GET', body }: ScriptedRequest,
): Promise<Answer> {
  const options = {
    host: '127.0.0.1',
    port,
    agent,
    method,
    headers: { ...headers, host, [idHeader]: id, 'x-script': JSON.stringify(script) },
  }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(options, (response) => {
      let text = ''
      const { statusCode = 0, headers: got } = response
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', () => resolve({ status: 'broken off', body: text, headers: got }))
      response.on('end', () => resolve({ status: statusCode, body: text, headers: got }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const compared =
  /^(host$|x-forwarded-for$|x-envoy-|x-ratelimit|retry-after|grpc-(status|message|timeout)|x-mine|content-type$)/

/** The headers that matter. What is measured in time is exact only on a first try, where nothing has passed yet. */
function told(
  headers: Readonly<Record<string, unknown>>,
  nth: number,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(headers)
    .filter(([name]) => compared.test(name))
    .map(([name, value]) => {
      const passes = /service-time$|ratelimit-reset$/.test(name)
      const isRest = nth > 0 && /timeout/.test(name) && /^\d/.test(String(value))
      // Envoy writes its own address where the caller is on its machine.
      if (name === 'x-forwarded-for') return [name, String(value).split(',').length] as const
      return [name, passes || isRest ? '…' : value] as const
    })
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)))
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
