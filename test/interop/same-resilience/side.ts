import { Agent, request as httpRequest } from 'node:http'
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

/** Sends the requests of a scenario one after the other. */
export async function play(
  side: Side,
  scenario: Scenario,
  upstream: ScriptedUpstream,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [i, request] of scenario.requests.entries()) {
    const id = `${side.name}-${scenario.name}-${i}`
    const { status, body, headers } = await send(side.port, scenario.name, id, request)
    const line = await side.logged(id)
    const tries = upstream.seen(id).map((it, nth) => told(it, nth))
    outcomes.push({ status, body, headers: told(headers, 1), logged: line, tries })
  }
  return outcomes
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
  /^(x-envoy-|x-ratelimit|retry-after|grpc-(status|message|timeout)|x-mine|content-type$)/

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
      return [name, passes || isRest ? '…' : value] as const
    })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
