import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { createLocalRateLimit, rateLimitHeaders } from '@meshwright/rate-limit'
import { createRetryState } from '@meshwright/resilience'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningEnvoy, startEnvoy } from '../support/envoy.ts'
import { drawLimit, drawPolicy, drawScript, drawSteering, oneOf } from './draw-limits.ts'
import { bootstrapOf, type DrawnLimit, type DrawnPolicy } from './limits-bootstrap.ts'
import {
  type ScriptedAnswer,
  type ScriptedUpstream,
  startScriptedUpstream,
} from './scripted-upstream.ts'

const random = seededRandom(20_261_121)
const limits = Array.from({ length: 800 }, (_, i) => drawLimit(random, `limit-${i}`))
const policies = Array.from({ length: 150 }, (_, i) => drawPolicy(random, `retry-${i}`))
const agent = new Agent({ keepAlive: true })
let upstream: ScriptedUpstream
let envoy: RunningEnvoy
let port: number

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  envoy = await startEnvoy(bootstrapOf(limits, policies, upstream.port))
  const { listener_statuses: statuses } = JSON.parse(await envoy.admin('/listeners?format=json'))
  port = statuses[0].local_address.socket_address.port_value
})

afterAll(async () => {
  agent.destroy()
  await envoy?.close()
  await upstream?.close()
})

interface Seen {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

function send(host: string, headers: Readonly<Record<string, string>>): Promise<Seen> {
  const options = { host: '127.0.0.1', port, agent, headers: { ...headers, host } }
  return new Promise((resolve, reject) => {
    httpRequest(options, (response) => {
      const { statusCode = 0, headers: got } = response
      response.resume().on('end', () => resolve({ status: statusCode, headers: got }))
    })
      .on('error', reject)
      .end()
  })
}

/** What Envoy did with a request, and what we would have: the status, and the bucket by its headers. */
async function playLimit({ name, options, actions }: DrawnLimit): Promise<[unknown, unknown][]> {
  const ours = createLocalRateLimit(options, 0)
  const pairs: [unknown, unknown][] = []
  for (let i = 0; i < 12; i++) {
    const values: Record<string, string> = {}
    for (const it of ['a', 'b']) if (random() < 0.7) values[it] = oneOf(random, ['1', '2', '3'])
    const descriptors = actions
      .filter(({ names }) => names.every((it) => it in values))
      .map(({ names, hits: hitsAddend }) => {
        return { entries: names.map((key) => ({ key, value: values[key] ?? '' })), hitsAddend }
      })
    const { allowed, bucket } = ours.take(descriptors, 0)

    const sent = Object.fromEntries(Object.entries(values).map(([key, it]) => [`x-${key}`, it]))
    const { status, headers } = await send(name, sent)
    const told = Object.fromEntries(bucket === undefined ? [] : rateLimitHeaders(bucket))
    const names = ['x-ratelimit-limit', 'x-ratelimit-remaining']
    pairs.push([
      [status, ...names.map((it) => headers[it])],
      [allowed ? 200 : 429, ...names.map((it) => told[it])],
    ])
  }
  return pairs
}

test('local rate limits decide as those of real Envoy, and by the same buckets', async () => {
  let refused = 0
  let differences = 0
  const first: unknown[] = []
  for (const limit of limits) {
    for (const [theirs, own] of await playLimit(limit)) {
      if (JSON.stringify(own).startsWith('[429')) refused += 1
      if (JSON.stringify(theirs) === JSON.stringify(own)) continue
      differences += 1
      if (first.length < 5) first.push({ options: limit.options, theirs, own })
    }
  }
  expect(first).toEqual([])
  expect(differences).toBe(0)
  expect(refused).toBeGreaterThan(3000)
})

/** How many tries we would make, and the status that would stand; a reset is answered with 503. */
function playRetries(
  { retry }: DrawnPolicy,
  script: readonly ScriptedAnswer[],
  headers: Readonly<Record<string, string>>,
): { tries: number; status: number } {
  const state = createRetryState(
    { ...retry, isRetriableResponse: (header) => header('x-again') !== undefined },
    (name) => headers[name],
    { random: () => 0 },
  )
  for (let tries = 1; ; tries++) {
    const answer = script[Math.min(tries, script.length) - 1]
    const decision =
      typeof answer !== 'object'
        ? state.afterReset('connection-termination')
        : state.afterResponse({ status: answer.status, header: (name) => answer.headers?.[name] })
    if (!decision.retry) {
      return { tries, status: typeof answer === 'object' ? answer.status : 503 }
    }
  }
}

interface Tried {
  readonly policy: DrawnPolicy
  readonly script: readonly ScriptedAnswer[]
  readonly steering: Readonly<Record<string, string>>
  readonly theirs: { readonly tries: number; readonly status: number }
}

/** What we would do otherwise than Envoy. */
function retryDifferences(tried: readonly Tried[], more: number): unknown[] {
  return tried.flatMap(({ policy: { name, retry }, script, steering, theirs }) => {
    const numRetries = (retry.numRetries ?? 1) + more
    const own = playRetries({ name, retry: { ...retry, numRetries } }, script, steering)
    const isSame = theirs.tries === own.tries && theirs.status === own.status
    return isSame ? [] : [{ retry, script, steering, theirs, own }]
  })
}

test('requests are tried as often as by real Envoy, and end with the same status', async () => {
  const tried: Tried[] = []
  for (const policy of policies) {
    for (let i = 0; i < 12; i++) {
      const script = drawScript(random)
      const steering = drawSteering(random)
      const id = `${policy.name}-${i}`
      const headers = { ...steering, 'x-id': id, 'x-script': JSON.stringify(script) }
      const { status } = await send(policy.name, headers)
      tried.push({ policy, script, steering, theirs: { tries: upstream.tries(id), status } })
    }
  }
  const differences = retryDifferences(tried, 0)
  expect(differences.slice(0, 3)).toEqual([])
  expect(differences.length).toBe(0)
  expect(tried.filter(({ theirs }) => theirs.tries > 1).length).toBeGreaterThan(300)
  // One retry more would be noticed.
  expect(retryDifferences(tried, 1).length).toBeGreaterThan(100)
})
