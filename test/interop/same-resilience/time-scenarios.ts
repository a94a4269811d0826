import type { Scenario } from './scenarios.ts'
import { grpc, late, ok, retries, status } from './words.ts'

const hedged = {
  ...retries('5xx', { perTryTimeout: '0.3s' }),
  hedgePolicy: { hedgeOnPerTryTimeout: true },
}

/** What takes too long. */
export const timeScenarios: readonly Scenario[] = [
  {
    name: 'steered',
    requests: [
      { script: [status(503), ok], headers: { 'x-envoy-retry-on': '5xx' } },
      {
        script: [status(503), status(503), ok],
        headers: { 'x-envoy-retry-on': '5xx', 'x-envoy-max-retries': '2' },
      },
      {
        script: [status(503), ok],
        headers: { 'x-envoy-retry-on': '5xx', 'x-envoy-max-retries': '0' },
      },
      {
        script: [status(418), ok],
        headers: {
          'x-envoy-retry-on': 'retriable-status-codes',
          'x-envoy-retriable-status-codes': '418,x',
        },
      },
      {
        script: [status(200, { 'x-Mine': '1' }), ok],
        headers: {
          'x-envoy-retry-on': 'retriable-headers',
          'x-envoy-retriable-header-names': 'X-Mine',
        },
      },
      {
        script: [status(200, { 'grpc-status': '14' }), ok],
        headers: { 'x-envoy-retry-grpc-on': 'unavailable' },
      },
      { script: [late(100), ok], headers: { 'x-envoy-upstream-rq-timeout-ms': '50' } },
      {
        script: [late(100), ok],
        headers: {
          'x-envoy-upstream-rq-timeout-ms': '50',
          'x-envoy-upstream-rq-timeout-alt-response': '1',
        },
      },
      {
        script: [late(100), ok],
        headers: { 'x-envoy-retry-on': '5xx', 'x-envoy-upstream-rq-per-try-timeout-ms': '50' },
      },
      {
        script: [late(200), ok],
        headers: {
          'x-envoy-retry-on': '5xx',
          'x-envoy-upstream-rq-per-try-timeout-ms': '50',
          'x-envoy-hedge-on-per-try-timeout': 'true',
        },
      },
      { script: ['hang'], headers: { 'x-envoy-upstream-stream-duration-ms': '50' } },
    ],
  },
  {
    name: 'counted-tries',
    host: {
      includeRequestAttemptCount: true,
      includeAttemptCountInResponse: true,
      includeIsTimeoutRetryHeader: true,
    },
    route: { ...retries('5xx', { perTryTimeout: '0.1s' }), timeout: '2s' },
    requests: [
      { script: [ok] },
      { script: [status(503), ok] },
      { script: [status(503)] },
      { script: ['hang', status(503), ok] },
      { script: ['reset'] },
    ],
  },
  {
    name: 'counted-refusals',
    refusing: 1,
    host: { includeRequestAttemptCount: true, includeAttemptCountInResponse: true },
    requests: [{ script: [ok] }],
  },
  {
    name: 'timeout',
    route: { timeout: '0.1s' },
    requests: [{ script: ['hang'] }, { script: [ok] }],
  },
  {
    name: 'timeout-of-grpc',
    route: { timeout: '0.1s' },
    requests: [{ script: ['hang'], method: 'POST', headers: grpc }],
  },
  {
    name: 'per-try-timeout',
    route: { ...retries('5xx', { perTryTimeout: '0.1s', numRetries: 1 }) },
    requests: [{ script: ['hang', ok] }, { script: ['hang'] }],
  },
  {
    name: 'per-try-timeout-not-retried',
    route: { ...retries('connect-failure', { perTryTimeout: '0.1s' }) },
    requests: [{ script: ['hang', ok] }],
  },
  {
    name: 'per-try-timeout-on-reset',
    route: { ...retries('reset', { perTryTimeout: '0.1s' }) },
    requests: [{ script: ['hang', ok] }],
  },
  {
    name: 'per-try-idle-timeout',
    route: { ...retries('5xx', { perTryIdleTimeout: '0.1s', numRetries: 1 }) },
    requests: [{ script: ['hang', ok] }, { script: ['hang'] }],
  },
  {
    name: 'timeout-with-retries',
    route: { ...retries('5xx', { perTryTimeout: '0.15s', numRetries: 5 }), timeout: '0.2s' },
    requests: [{ script: ['hang'] }],
  },
  {
    name: 'hedged',
    route: hedged,
    requests: [
      { script: [late(900), ok] },
      { script: [late(450), 'hang'] },
      { script: [late(500, 503), late(450)] },
      { script: [ok] },
      { script: [status(503), ok] },
    ],
  },
  {
    name: 'hedged-in-vain',
    route: { ...hedged, timeout: '2s' },
    requests: [{ script: ['hang'] }, { script: [late(500, 503), late(500, 500)] }],
  },
  {
    name: 'grpc-timeout',
    route: { timeout: '2s', maxGrpcTimeout: '0.2s', grpcTimeoutOffset: '0.05s' },
    requests: [
      { script: ['hang'], method: 'POST', headers: { ...grpc, 'grpc-timeout': '100m' } },
      { script: ['hang'], method: 'POST', headers: { ...grpc, 'grpc-timeout': '5S' } },
      { script: ['hang'], method: 'POST', headers: grpc },
      {
        script: [ok],
        method: 'POST',
        headers: { ...grpc, 'grpc-timeout': '100m', 'x-envoy-upstream-rq-timeout-ms': '900' },
      },
      { script: [ok], headers: { 'grpc-timeout': '100m' } },
    ],
  },
  {
    name: 'max-stream-duration',
    route: { maxStreamDuration: { maxStreamDuration: '0.1s' } },
    requests: [{ script: ['hang'] }, { script: [ok] }],
  },
  {
    name: 'max-stream-duration-of-grpc',
    route: {
      timeout: '0.3s',
      maxStreamDuration: { grpcTimeoutHeaderMax: '0.2s', grpcTimeoutHeaderOffset: '0.05s' },
    },
    requests: [
      { script: ['hang'], method: 'POST', headers: { ...grpc, 'grpc-timeout': '100m' } },
      { script: ['hang'], method: 'POST', headers: { ...grpc, 'grpc-timeout': '5S' } },
      { script: [ok], method: 'POST', headers: grpc },
    ],
  },
]
