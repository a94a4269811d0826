import type { Scenario } from './scenarios.ts'
import { ok, retries, status } from './words.ts'

/** What is too much. */
export const limitScenarios: readonly Scenario[] = [
  {
    name: 'rate-limited-back-off',
    route: retries('retriable-status-codes', {
      retriableStatusCodes: [429],
      rateLimitedRetryBackOff: {
        resetHeaders: [
          { name: 'retry-after', format: 'SECONDS' },
          { name: 'x-reset', format: 'UNIX_TIMESTAMP' },
        ],
        maxInterval: '1.5s',
      },
    }),
    requests: [
      { script: [status(429, { 'retry-after': '1' }), ok] },
      { script: [status(429, { 'retry-after': '100' }), ok] },
      { script: [status(429, { 'x-reset': '1' }), ok] },
      { script: [status(429), ok] },
    ],
  },
  {
    name: 'no-retries-admitted',
    cluster: { circuitBreakers: { thresholds: [{ maxRetries: 0, trackRemaining: true }] } },
    route: retries('5xx'),
    requests: [{ script: [status(503), ok] }, { script: ['reset', ok] }],
  },
  {
    name: 'no-budget',
    cluster: {
      circuitBreakers: {
        thresholds: [{ retryBudget: { budgetPercent: { value: 0 }, minRetryConcurrency: 0 } }],
      },
    },
    route: retries('5xx'),
    requests: [{ script: [status(503), ok] }],
  },
  {
    name: 'no-requests-admitted',
    cluster: { circuitBreakers: { thresholds: [{ maxRequests: 0 }] } },
    route: retries('5xx'),
    requests: [{ script: [ok] }, { script: [ok] }],
  },
  {
    name: 'no-waiting-admitted',
    cluster: { circuitBreakers: { thresholds: [{ maxPendingRequests: 0 }] } },
    requests: [{ script: [ok] }],
  },
  {
    name: 'body-again',
    route: retries('5xx'),
    requests: [{ script: [status(503), ok], method: 'POST', body: 'x'.repeat(5_000) }],
  },
  {
    name: 'body-too-long',
    route: retries('5xx'),
    host: { perRequestBufferLimitBytes: 1000 },
    requests: [{ script: [status(503), ok], method: 'POST', body: 'x'.repeat(5_000) }],
  },
]
