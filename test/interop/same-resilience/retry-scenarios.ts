import type { Scenario, ScriptedRequest } from './scenarios.ts'
import { grpc, ok, retries, status } from './words.ts'

/** What can be told apart by each condition. */
const probes: readonly ScriptedRequest[] = [
  ...[200, 400, 404, 409, 429, 500, 502, 503, 504].map((code) => ({ script: [status(code), ok] })),
  { script: ['reset', ok] },
  { script: [status(503, { 'x-envoy-ratelimited': 'true' }), ok] },
  { script: [status(200, { 'x-again': 'yes' }), ok] },
  ...[1, 4, 8, 13, 14, 16].map((code) => ({
    script: [status(200, { ...grpc, 'grpc-status': `${code}` }), ok],
  })),
]

const conditions: readonly Scenario[] = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
  'nonsense',
].map((condition) => ({
  name: `on-${condition}`,
  route: retries(condition, {
    retriableStatusCodes: [404, 200],
    retriableHeaders: [{ name: 'x-again', presentMatch: true }],
  }),
  requests: probes,
}))

/** Who is tried again, and how often. */
export const retryScenarios: readonly Scenario[] = [
  ...conditions,
  {
    name: 'limit-exceeded',
    route: retries('5xx', { numRetries: 1 }),
    requests: [
      { script: [status(503), status(500)] },
      { script: ['reset'] },
      { script: [status(503), ok] },
    ],
  },
  {
    name: 'no-retries',
    route: retries('5xx', { numRetries: 0 }),
    requests: [{ script: [status(503)] }],
  },
  {
    name: 'success-of-envoy',
    route: retries('retriable-4xx'),
    requests: [{ script: [status(409), 'reset'] }, { script: [status(409), status(503)] }],
  },
  {
    name: 'refused',
    refusing: 1,
    route: retries('connect-failure'),
    requests: [{ script: [ok] }],
  },
  { name: 'refused-plainly', refusing: 1, requests: [{ script: [ok] }] },
  { name: 'no-host', hosts: 0, route: retries('5xx'), requests: [{ script: [ok] }] },
  {
    name: 'reset-plainly',
    requests: [{ script: ['reset'] }, { script: [ok] }, { script: ['reset', ok] }],
  },
  {
    name: 'breaks-off',
    requests: [
      { script: [{ status: 200, breaksOff: true }] },
      { script: [{ status: 200, headers: { 'content-length': '100' }, breaksOff: true }] },
    ],
  },
  {
    name: 'previous-hosts',
    isDrawn: true,
    hosts: 2,
    refusing: 1,
    route: retries('connect-failure', {
      numRetries: 1,
      retryHostPredicate: [
        {
          name: 'envoy.retry_host_predicates.previous_hosts',
          typedConfig: {
            '@type':
              'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
          },
        },
      ],
      hostSelectionRetryMaxAttempts: '20',
    }),
    requests: [{ script: [ok] }, { script: [ok] }, { script: [ok] }],
  },
  {
    name: 'retriable-request-headers',
    route: retries('5xx', {
      retriableRequestHeaders: [{ name: ':method', stringMatch: { exact: 'GET' } }],
    }),
    requests: [
      { script: [status(503), ok] },
      { script: [status(503), ok], method: 'POST', body: 'again' },
      { script: [status(503), ok], method: 'POST', headers: { 'x-envoy-retry-on': '5xx' } },
    ],
  },
]
