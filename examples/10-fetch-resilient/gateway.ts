import { createServer } from 'node:http'
import { Breaker, BreakerRefusalError, withBreaker } from '@meshwright/circuit-breaker'
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

/** Hands requests on by `fetch`: again while the deadline allows, which the upstream is told, and not at all while the breaker is open. */
export function createGateway(upstream: string) {
  const send = (path: string, { signal, deadline }: CallContext) => {
    const headers = Object.fromEntries(deadlineHeaders(deadline - now(), { isGrpc: false }))
    return fetch(upstream + path, { headers, signal: signal as AbortSignal })
  }
  const guarded = withBreaker(send, new Breaker({ consecutiveFailures: 5 }), {
    now,
    outcomeOf: ({ status }) => (status < 500 ? 'success' : 'failure'),
    signalOf: (_, { signal }) => signal,
  })
  const isOpen = (error: unknown) => error instanceof BreakerRefusalError
  const resetOf = (error: unknown) => (isOpen(error) ? undefined : 'connection-failure')
  const retries = retry<string, Response>({ retryOn: ['5xx'], numRetries: 2, resetOf })
  const get = withPolicies(guarded, [timeout({ ms: 1_000 }), retries], surroundings)
  return createServer(async ({ url = '/' }, outgoing) => {
    try {
      const answer = await get(url)
      outgoing.writeHead(answer.status).end(await answer.text())
    } catch (error) {
      outgoing.writeHead(isOpen(error) ? 503 : 504).end((error as { code?: string }).code)
    }
  })
}
