import { createServer } from 'node:http'
import { Breaker, withBreaker } from '@meshwright/circuit-breaker'
import {
  type CallContext,
  deadlineHeaders,
  retry,
  timeout,
  withPolicies,
} from '@meshwright/resilience'

const now = () => performance.now()
const newController = () => new AbortController()
const surroundings = { clock: { now }, timers: globalThis, random: Math.random, newController }
const told = (ms: number) => Object.fromEntries(deadlineHeaders(ms, { isGrpc: false }))
const outcomeOf = ({ status }: Response) => (status < 500 ? 'success' : 'failure')
const signalOf = (_: string, { signal }: CallContext) => signal
const failed = (error: { code?: string }) => new Response(error.code, { status: 503 })

/** Hands requests on by `fetch`: again while the deadline allows, which the upstream is told, and not at all while the breaker is open. */
export function createGateway(upstream: string) {
  const send = (path: string, { signal, deadline }: CallContext) =>
    fetch(upstream + path, { signal: signal as AbortSignal, headers: told(deadline - now()) })
  const guarded = withBreaker(send, new Breaker(), { now, outcomeOf, signalOf })
  const retries = retry<string, Response>({ retryOn: ['5xx'], numRetries: 2 })
  const get = withPolicies(guarded, [timeout({ ms: 1_000 }), retries], surroundings)
  return createServer(async ({ url = '/' }, outgoing) => {
    const answer = await get(url).then(undefined, failed)
    outgoing.writeHead(answer.status).end(await answer.text())
  })
}
