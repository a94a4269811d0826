import type { Scenario } from './scenarios.ts'
import { late, ok, retries, status } from './words.ts'

/** Whoever may try again waits for that until its time is up. */
const slowly = { retryBackOff: { baseInterval: '3600s', maxInterval: '3600s' } }
const failingAtOnce = Array.from({ length: 8 }, () => ({ script: [late(200, 503), ok] }))

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
  {
    name: 'budget',
    atOnce: true,
    cluster: {
      circuitBreakers: {
        thresholds: [{ retryBudget: { budgetPercent: { value: 50 }, minRetryConcurrency: 0 } }],
      },
    },
    route: { ...retries('5xx', slowly), timeout: '1s' },
    requests: failingAtOnce,
  },
  {
    name: 'budget-of-some-always',
    atOnce: true,
    cluster: {
      circuitBreakers: {
        thresholds: [{ retryBudget: { budgetPercent: { value: 5 }, minRetryConcurrency: 3 } }],
      },
    },
    route: { ...retries('5xx', slowly), timeout: '1s' },
    requests: failingAtOnce,
  },
  {
    name: 'few-retries-at-once',
    atOnce: true,
    cluster: { circuitBreakers: { thresholds: [{ maxRetries: 2 }] } },
    route: { ...retries('5xx', slowly), timeout: '1s' },
    requests: failingAtOnce,
  },
  {
    name: 'few-requests-at-once',
    atOnce: true,
    cluster: { circuitBreakers: { thresholds: [{ maxRequests: 3 }] } },
    requests: Array.from({ length: 8 }, () => ({ script: [late(200)] })),
  },
]
