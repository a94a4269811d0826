import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { HttpProtocolOptionsJson } from '@meshwright/xds-types/envoy/config/core/v3'

/** Fields of a cluster that are accepted and not acted on: they change how well it works, but not what it may do. */
export function unheededFields(cluster: ClusterJson): string[] {
  return unheeded.filter(([, isSet]) => isSet(cluster)).map(([name]) => name)
}

type Entry = readonly [name: string, isSet: (cluster: ClusterJson) => boolean]

const unheeded: readonly Entry[] = [
  ['Cluster.health_checks', (it) => isList(it.healthChecks)],
  [
    'Cluster.outlier_detection of type ORIGINAL_DST',
    (it) => it.outlierDetection !== undefined && it.type === 'ORIGINAL_DST',
  ],
  ['Cluster.outlier_detection.monitors', (it) => isList(it.outlierDetection?.monitors)],
  [
    'Cluster.outlier_detection.detect_degraded_hosts',
    (it) => it.outlierDetection?.detectDegradedHosts === true,
  ],
  ['Cluster.lrs_server', (it) => it.lrsServer !== undefined],
  ['Cluster.lrs_report_endpoint_metrics', (it) => isList(it.lrsReportEndpointMetrics)],
  ['Cluster.respect_dns_ttl', (it) => it.respectDnsTtl === true],
  ['Cluster.dns_resolvers', namesResolvers],
  ['Cluster.use_tcp_for_dns_lookups', (it) => it.useTcpForDnsLookups === true],
  [
    'Cluster.preconnect_policy.preconnect_enabled_metadata',
    (it) => it.preconnectPolicy?.preconnectEnabledMetadata !== undefined,
  ],
  ['Cluster.queuing_policies', (it) => it.queuingPolicies !== undefined],
  ['Cluster.track_timeout_budgets', (it) => it.trackTimeoutBudgets === true],
  ['Cluster.track_cluster_stats', (it) => it.trackClusterStats !== undefined],
  ['Cluster.stats_matcher', (it) => it.statsMatcher !== undefined],
  [
    'Cluster.close_connections_on_host_health_failure',
    (it) => it.closeConnectionsOnHostHealthFailure === true,
  ],
  [
    'Cluster.connection_pool_per_downstream_connection',
    (it) => it.connectionPoolPerDownstreamConnection === true,
  ],
  [
    'Cluster.per_connection_buffer_high_watermark_timeout',
    (it) => it.perConnectionBufferHighWatermarkTimeout !== undefined,
  ],
  [
    'Cluster.upstream_bind_config.socket_options',
    (it) => isList(it.upstreamBindConfig?.socketOptions),
  ],
  [
    'Cluster.upstream_bind_config.extra_source_addresses',
    ({ upstreamBindConfig: bind }) =>
      isList(bind?.extraSourceAddresses) || isList(bind?.additionalSourceAddresses),
  ],
  [
    'Cluster.upstream_connection_options.tcp_keepalive.keepalive_interval',
    ({ upstreamConnectionOptions: options }) =>
      isSet(options?.tcpKeepalive?.keepaliveInterval) ||
      isSet(options?.tcpKeepalive?.keepaliveProbes),
  ],
  [
    'Cluster.circuit_breakers.thresholds.max_connection_pools',
    (it) => (it.circuitBreakers?.thresholds ?? []).some((one) => isLimit(one.maxConnectionPools)),
  ],
  [
    'Cluster.circuit_breakers.thresholds.retry_budget.budget_interval',
    (it) =>
      (it.circuitBreakers?.thresholds ?? []).some(
        ({ retryBudget }) => retryBudget?.budgetInterval !== undefined,
      ),
  ],
  [
    'common_http_protocol_options.max_stream_duration of a cluster',
    (it) => commonOf(it).maxStreamDuration !== undefined,
  ],
  [
    'common_http_protocol_options.max_headers_count of a cluster',
    (it) =>
      commonOf(it).maxHeadersCount !== undefined || commonOf(it).maxResponseHeadersKb !== undefined,
  ],
]

function isSet(value: number | undefined): boolean {
  return value !== undefined
}

function isList(value: readonly unknown[] | undefined): boolean {
  return value !== undefined && value.length > 0
}

/** The highest number stands for none: that is how control planes switch a limit off. */
function isLimit(most: number | undefined): boolean {
  return most !== undefined && most < 4_294_967_295
}

/** The system's resolver is asked, whatever servers are named. */
function namesResolvers(cluster: ClusterJson): boolean {
  const typed = cluster.typedDnsResolverConfig?.typedConfig as { resolvers?: object[] } | undefined
  return [cluster.dnsResolvers, cluster.dnsResolutionConfig?.resolvers, typed?.resolvers].some(
    isList,
  )
}

/** The present form and the older one. */
function commonOf(cluster: ClusterJson): HttpProtocolOptionsJson {
  const [options] = Object.values(cluster.typedExtensionProtocolOptions ?? {}) as {
    readonly commonHttpProtocolOptions?: HttpProtocolOptionsJson
  }[]
  return options?.commonHttpProtocolOptions ?? cluster.commonHttpProtocolOptions ?? {}
}
