import type { LocalDescriptor, LocalRateLimitOptions } from '@meshwright/rate-limit'
import type { DrawnLimit, DrawnPolicy } from './limits-bootstrap.ts'
import type { ScriptedAnswer } from './scripted-upstream.ts'

/** One of these. */
export function oneOf<T>(random: () => number, of: readonly [T, ...T[]]): T {
  return of[Math.floor(random() * of.length)] ?? of[0]
}

const actions = [['a'], ['b'], ['a', 'b']]
const hourMs = 3_600_000

/** A limit whose buckets hardly fill while the test runs, each at a pace of its own. */
export function drawLimit(random: () => number, name: string): DrawnLimit {
  let hours = 1
  const tokenBucket = () => ({
    maxTokens: Math.floor(random() * 6),
    fillIntervalMs: hourMs * hours++,
  })
  const seen = new Set<string>()
  const descriptors: LocalDescriptor[] = []
  for (let i = Math.floor(random() * 5); i > 0; i--) {
    const entries = oneOf(random, [['a'], ['b'], ['a', 'b']]).map((key) => ({
      key,
      value: oneOf(random, ['1', '2', '']),
    }))
    const text = JSON.stringify(entries)
    // Which of two wildcards that both fit Envoy takes is its hash table's choice.
    const isSecondWildcard = text.includes('""') && [...seen].some((it) => it.includes('""'))
    if (!seen.has(text) && !isSecondWildcard) {
      descriptors.push({ entries, tokenBucket: tokenBucket(), shadowMode: random() < 0.5 })
    }
    seen.add(text)
  }
  const options: LocalRateLimitOptions = {
    descriptors,
    tokenBucket: tokenBucket(),
    alwaysConsumeDefaultTokenBucket: random() < 0.5,
    maxDynamicDescriptors: oneOf(random, [1, 2, 20]),
  }
  const drawn = actions.filter(() => random() < 0.7)
  return {
    name,
    options,
    actions: drawn.map((names) => ({ names, hits: oneOf(random, [0, 1, 1, 1, 2, 3]) })),
  }
}

/** A policy of any of the conditions that an HTTP/1 upstream can bring about. */
export function drawPolicy(random: () => number, name: string): DrawnPolicy {
  const conditions = [
    '5xx',
    'gateway-error',
    'reset',
    'retriable-4xx',
    'retriable-status-codes',
    'retriable-headers',
    'envoy-ratelimited',
    'connect-failure',
    'cancelled',
    'unavailable',
    'deadline-exceeded',
  ]
  return {
    name,
    retry: {
      retryOn: conditions.filter(() => random() < 0.25),
      numRetries: Math.floor(random() * 4),
      retriableStatusCodes: [404, 425, 200].filter(() => random() < 0.4),
    },
  }
}

/** What the tries of one request get. */
export function drawScript(random: () => number): ScriptedAnswer[] {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    if (random() < 0.15) return 'reset'
    const headers = {
      ...(random() < 0.15 && { 'x-envoy-ratelimited': 'true' }),
      ...(random() < 0.15 && { 'x-again': 'yes' }),
      ...(random() < 0.25 && { 'grpc-status': oneOf(random, ['0', '1', '4', '14']) }),
    }
    return { status: oneOf(random, [200, 404, 409, 425, 429, 500, 502, 503, 504]), headers }
  })
}

/** Headers by which a request steers its retries. */
export function drawSteering(random: () => number): Record<string, string> {
  return {
    ...(random() < 0.2 && {
      'x-envoy-retry-on': oneOf(random, ['5xx', 'reset,nonsense', 'unavailable']),
    }),
    ...(random() < 0.2 && {
      'x-envoy-retry-grpc-on': oneOf(random, ['cancelled', '5xx', 'unavailable']),
    }),
    ...(random() < 0.2 && { 'x-envoy-max-retries': oneOf(random, ['0', '2', 'many']) }),
    ...(random() < 0.1 && { 'x-envoy-retriable-status-codes': oneOf(random, ['429', '404,x']) }),
    ...(random() < 0.1 && { 'x-envoy-retriable-header-names': 'grpc-status' }),
  }
}
