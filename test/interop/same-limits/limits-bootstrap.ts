import type {
  LocalDescriptor,
  LocalRateLimitOptions,
  TokenBucketOptions,
} from '@meshwright/rate-limit'
import type { RetryOptions } from '@meshwright/resilience'

/** A local rate limit, by the name of its host. */
export interface DrawnLimit {
  readonly name: string
  readonly options: LocalRateLimitOptions
  readonly actions: readonly DescriptorAction[]
}

/** Makes a descriptor of the headers of these names, if the request has them all. */
export interface DescriptorAction {
  readonly names: readonly string[]
  /** How often it counts. */
  readonly hits: number
}

/** A retry policy, by the name of its host. */
export interface DrawnPolicy {
  readonly name: string
  readonly retry: RetryOptions
}

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })
const limitType = 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'

/** One listener for all: the authority says which limit or policy a request is for. */
export function bootstrapOf(
  limits: readonly DrawnLimit[],
  policies: readonly DrawnPolicy[],
  upstreamPort: number,
): string {
  return JSON.stringify({
    admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
    staticResources: {
      listeners: [listener([...limits.map(limitHost), ...policies.map(retryHost)])],
      clusters: [cluster(upstreamPort)],
    },
  })
}

function listener(virtualHosts: readonly object[]): object {
  const hcm = {
    ...of('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'in',
    useRemoteAddress: true,
    // So that headers that steer retries are not taken out as those of strangers.
    internalAddressConfig: { cidrRanges: [{ addressPrefix: '127.0.0.0', prefixLen: 8 }] },
    routeConfig: { virtualHosts },
    httpFilters: [
      { name: 'limit', typedConfig: { ...of(limitType), statPrefix: 'none' } },
      { name: 'router', typedConfig: of('envoy.extensions.filters.http.router.v3.Router') },
    ],
  }
  return {
    name: 'in',
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    filterChains: [{ filters: [{ name: 'hcm', typedConfig: hcm }] }],
  }
}

function limitHost({ name, options, actions }: DrawnLimit): object {
  const all = { numerator: 100 }
  const limit = {
    ...of(limitType),
    statPrefix: name,
    ...(options.tokenBucket && { tokenBucket: bucket(options.tokenBucket) }),
    filterEnabled: { defaultValue: all, runtimeKey: 'on' },
    filterEnforced: { defaultValue: all, runtimeKey: 'enforced' },
    enableXRatelimitHeaders: 'DRAFT_VERSION_03',
    alwaysConsumeDefaultTokenBucket: options.alwaysConsumeDefaultTokenBucket,
    maxDynamicDescriptors: options.maxDynamicDescriptors,
    descriptors: options.descriptors?.map(descriptor),
    rateLimits: actions.map(({ names, hits }) => ({
      hitsAddend: { number: hits },
      actions: names.map((it) => ({
        requestHeaders: { headerName: `x-${it}`, descriptorKey: it },
      })),
    })),
  }
  return {
    name,
    domains: [name],
    routes: [{ match: { prefix: '/' }, directResponse: { status: 200 } }],
    typedPerFilterConfig: { limit },
  }
}

function descriptor({ entries, tokenBucket, shadowMode }: LocalDescriptor): object {
  return { entries, tokenBucket: bucket(tokenBucket), shadowMode }
}

function bucket({ maxTokens, tokensPerFill = 1, fillIntervalMs }: TokenBucketOptions): object {
  return { maxTokens, tokensPerFill, fillInterval: `${fillIntervalMs / 1000}s` }
}

function retryHost({ name, retry }: DrawnPolicy): object {
  const retryPolicy = {
    retryOn: retry.retryOn?.join(','),
    numRetries: retry.numRetries,
    retriableStatusCodes: retry.retriableStatusCodes,
    retriableHeaders: [{ name: 'x-again', presentMatch: true }],
    retryBackOff: { baseInterval: '0.001s', maxInterval: '0.001s' },
  }
  return {
    name,
    domains: [name],
    routes: [{ match: { prefix: '/' }, route: { cluster: 'up', timeout: '20s', retryPolicy } }],
  }
}

function cluster(port: number): object {
  return {
    name: 'up',
    type: 'STATIC',
    connectTimeout: '5s',
    loadAssignment: {
      clusterName: 'up',
      endpoints: [
        {
          lbEndpoints: [
            { endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: port } } } },
          ],
        },
      ],
    },
  }
}
