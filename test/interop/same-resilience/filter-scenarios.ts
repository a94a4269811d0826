import type { Scenario } from './scenarios.ts'
import { grpc, late, ok } from './words.ts'

const of = (type: string): { '@type': string } => ({
  '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}`,
})

/** What scenarios configure by their virtual hosts; on their own these two do nothing. */
export const chainFilters: readonly object[] = [
  { name: 'fault', typedConfig: of('fault.v3.HTTPFault') },
  {
    name: 'limit',
    typedConfig: { ...of('local_ratelimit.v3.LocalRateLimit'), statPrefix: 'none' },
  },
]

/** The virtual host of a scenario with a fault. */
export function withFault(config: object): object {
  return { typedPerFilterConfig: { fault: { ...of('fault.v3.HTTPFault'), ...config } } }
}

const always = { numerator: 100 }
const whenSet = { runtimeKey: 'of-nobody', defaultValue: always }

function withLimit(name: string, config: object): object {
  const limit = {
    ...of('local_ratelimit.v3.LocalRateLimit'),
    statPrefix: name,
    tokenBucket: { maxTokens: 1, fillInterval: '3600s' },
    filterEnabled: whenSet,
    filterEnforced: whenSet,
    ...config,
  }
  return { typedPerFilterConfig: { limit } }
}

const twice = [{ script: [ok] }, { script: [ok] }]
const ofGrpc = twice.map((it) => ({ ...it, method: 'POST', headers: grpc }))

const faults: readonly Scenario[] = [
  {
    name: 'abort',
    host: withFault({ abort: { httpStatus: 418, percentage: always } }),
    requests: [{ script: [ok] }, { script: [ok], method: 'POST', headers: grpc }],
  },
  {
    name: 'abort-grpc',
    host: withFault({ abort: { grpcStatus: 7, percentage: always } }),
    requests: [{ script: [ok] }, { script: [ok], method: 'POST', headers: grpc }],
  },
  {
    name: 'abort-by-header',
    host: withFault({ abort: { headerAbort: {}, percentage: always } }),
    requests: [
      { script: [ok] },
      { script: [ok], headers: { 'x-envoy-fault-abort-request': '418' } },
      { script: [ok], headers: { 'x-envoy-fault-abort-request': '99' } },
      { script: [ok], headers: { 'x-envoy-fault-abort-request': 'x' } },
      { script: [ok], headers: { 'x-envoy-fault-abort-grpc-request': '5' } },
      {
        script: [ok],
        headers: {
          'x-envoy-fault-abort-request': '418',
          'x-envoy-fault-abort-request-percentage': '0',
        },
      },
    ],
  },
  {
    name: 'delay-and-abort',
    host: withFault({
      delay: { fixedDelay: '0.02s', percentage: always },
      abort: { httpStatus: 503, percentage: always },
    }),
    requests: [{ script: [ok] }],
  },
  {
    name: 'delay',
    host: withFault({ delay: { fixedDelay: '0.02s', percentage: always } }),
    requests: [{ script: [ok] }],
  },
  {
    name: 'delay-by-header',
    host: withFault({ delay: { headerDelay: {}, percentage: always } }),
    requests: [
      { script: [ok] },
      { script: [ok], headers: { 'x-envoy-fault-delay-request': '20' } },
      { script: [ok], headers: { 'x-envoy-fault-delay-request': '0' } },
    ],
  },
  {
    name: 'abort-elsewhere',
    host: withFault({ upstreamCluster: 'abort', abort: { httpStatus: 418, percentage: always } }),
    requests: [{ script: [ok] }],
  },
  {
    name: 'abort-of-some',
    host: withFault({
      abort: { httpStatus: 418, percentage: always },
      headers: [{ name: 'x-me', presentMatch: true }],
      downstreamNodes: ['node'],
    }),
    requests: [
      { script: [ok] },
      { script: [ok], headers: { 'x-me': '1' } },
      { script: [ok], headers: { 'x-me': '1', 'x-envoy-downstream-service-node': 'node' } },
    ],
  },
  {
    name: 'slowed-down',
    host: withFault({ responseRateLimit: { fixedLimit: { limitKbps: '64' }, percentage: always } }),
    requests: [{ script: [ok] }],
  },
  {
    name: 'slowed-down-by-header',
    host: withFault({ responseRateLimit: { headerLimit: {}, percentage: always } }),
    requests: [
      { script: [ok] },
      { script: [ok], headers: { 'x-envoy-fault-throughput-response': '64' } },
      { script: [ok], headers: { 'x-envoy-fault-throughput-response': '0' } },
      {
        script: [ok],
        headers: {
          'x-envoy-fault-throughput-response': '64',
          'x-envoy-fault-throughput-response-percentage': '0',
        },
      },
    ],
  },
  {
    name: 'no-active-faults',
    host: withFault({
      maxActiveFaults: 0,
      delay: { fixedDelay: '5s', percentage: always },
      abort: { httpStatus: 418, percentage: always },
    }),
    requests: [{ script: [ok] }],
  },
]

const limits: readonly Scenario[] = [
  {
    name: 'limit',
    host: withLimit('limit', {
      enableXRatelimitHeaders: 'DRAFT_VERSION_03',
      responseHeadersToAdd: [{ header: { key: 'x-mine', value: '%REQ(:METHOD)%' } }],
    }),
    requests: twice,
  },
  {
    name: 'limit-retry-after',
    host: withLimit('limit-retry-after', { enableRetryAfterHeader: true }),
    requests: twice,
  },
  {
    name: 'limit-status',
    host: withLimit('limit-status', { status: { code: 'ServiceUnavailable' } }),
    requests: twice,
  },
  {
    name: 'limit-odd-status',
    host: withLimit('limit-odd-status', { status: { code: 'Created' } }),
    requests: twice,
  },
  { name: 'limit-grpc', host: withLimit('limit-grpc', {}), requests: ofGrpc },
  {
    name: 'limit-grpc-exhausted',
    host: withLimit('limit-grpc-exhausted', { rateLimitedAsResourceExhausted: true }),
    requests: ofGrpc,
  },
  {
    name: 'limit-not-enforced',
    host: withLimit('limit-not-enforced', {
      filterEnforced: { runtimeKey: 'of-nobody', defaultValue: { numerator: 0 } },
      requestHeadersToAddWhenNotEnforced: [{ header: { key: 'x-mine', value: 'over' } }],
    }),
    requests: twice,
  },
  {
    name: 'limit-shadowed',
    host: withLimit('limit-shadowed', {
      tokenBucket: { maxTokens: 100, fillInterval: '3600s' },
      descriptors: [
        {
          entries: [{ key: 'path', value: '/' }],
          tokenBucket: { maxTokens: 1, fillInterval: '3600s' },
          shadowMode: true,
        },
      ],
      rateLimits: [
        { actions: [{ requestHeaders: { headerName: ':path', descriptorKey: 'path' } }] },
      ],
    }),
    requests: twice,
  },
  {
    name: 'limit-of-route',
    host: withLimit('limit-of-route', {
      tokenBucket: { maxTokens: 100, fillInterval: '3600s' },
      descriptors: [
        {
          entries: [{ key: 'remote_address', value: '127.0.0.1' }],
          tokenBucket: { maxTokens: 1, fillInterval: '3600s' },
        },
      ],
    }),
    route: { rateLimits: [{ actions: [{ remoteAddress: {} }] }] },
    requests: twice,
  },
]

const mirrors: readonly Scenario[] = [
  {
    name: 'mirrored',
    mirrors: ['copy', 'copy-too'],
    host: { includeRequestAttemptCount: true },
    route: {
      timeout: '3s',
      requestMirrorPolicies: [
        { cluster: 'copy' },
        { cluster: 'copy-too', disableShadowHostSuffixAppend: true },
        { cluster: 'copy', runtimeFraction: { defaultValue: { numerator: 0 } } },
        { clusterHeader: 'x-nobody' },
      ],
    },
    requests: [{ script: [ok] }, { script: [late(50)], method: 'POST', body: 'copy me' }],
  },
  {
    name: 'mirrored-and-retried',
    mirrors: ['copy-once'],
    route: {
      requestMirrorPolicies: [{ cluster: 'copy-once' }],
      retryPolicy: { retryOn: 'reset', retryBackOff: { baseInterval: '0.001s' } },
    },
    requests: [{ script: [ok] }],
  },
]

/** Faults, limits and mirrors. */
export const filterScenarios: readonly Scenario[] = [...faults, ...limits, ...mirrors]
