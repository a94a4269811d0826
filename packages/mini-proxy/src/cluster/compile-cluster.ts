import type { OutlierOptions } from '@meshwright/circuit-breaker'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterConfigJson as AggregateJson } from '@meshwright/xds-types/envoy/extensions/clusters/aggregate/v3'
import { refuse, refuseFields } from '../errors.ts'
import { durationMs, timeoutMs } from '../network/duration.ts'
import { typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import { noSecrets, type Secrets } from '../tls/supplied-tls.ts'
import { type BalancingPlan, compileBalancing } from './balancing-plan.ts'
import { type BreakerPlan, compileBreakers } from './breaker-plan.ts'
import { type ConnectorChooser, compileConnectors } from './connector.ts'
import type { DnsFamily } from './dns-resolver.ts'
import { type EndpointSet, noEndpoints, readEndpoints } from './endpoint-spec.ts'
import { compileHttpOptions, type UpstreamHttpOptions } from './http-options.ts'
import { compileOutlierDetection } from './outlier-plan.ts'
import { unheededFields } from './unheeded-fields.ts'

/** A cluster, understood and checked, that holds no resource yet. */
export interface CompiledCluster {
  readonly name: string
  readonly discovery: Discovery
  readonly connectTimeoutMs: number
  readonly choose: ConnectorChooser
  readonly breakers: BreakerPlan
  readonly http: UpstreamHttpOptions
  readonly balancing: BalancingPlan
  readonly outliers: OutlierOptions | undefined
  /** Endpoints from the cluster itself; empty for EDS and ORIGINAL_DST. */
  readonly endpoints: EndpointSet
  readonly statName: string
  /** Hosts that stay get new connections when others come or go. */
  readonly renewsConnections: boolean
  /** What is accepted and not acted on, for one log line each. */
  readonly warnings: readonly string[]
}

/** How a cluster gets its addresses. */
export type Discovery =
  | { readonly kind: 'static' }
  | { readonly kind: 'eds'; readonly serviceName: string }
  | {
      readonly kind: 'dns'
      /** All hosts behind one name count as one; the first address is used. */
      readonly logical: boolean
      readonly refreshMs: number
      readonly failureRefreshMs: number
      readonly family: DnsFamily
      /** Names are asked for by up to so much later, so that not all proxies ask at once. */
      readonly jitterMs: number
    }
  | {
      readonly kind: 'original-dst'
      readonly header: string | undefined
      readonly portOverride: number | undefined
      readonly cleanupMs: number
    }
  | { readonly kind: 'aggregate'; readonly clusters: readonly string[] }

/**
 * Compiles a cluster. Its connections look `secrets` up as they are opened.
 *
 * @throws {ProxyError} naming what cannot be honored
 */
export function compileCluster(
  cluster: ClusterJson,
  secrets: Secrets = noSecrets,
): CompiledCluster {
  refuseFields('cluster', cluster, unsupported)
  const discovery = compileDiscovery(cluster)
  const connectors = compileConnectors(cluster, secrets)
  const http = compileHttpOptions(cluster)
  const balancing = compileBalancing(cluster)
  const breakers = compileBreakers(cluster.circuitBreakers)
  return {
    name: cluster.name ?? '',
    discovery,
    connectTimeoutMs: durationMs(cluster.connectTimeout, defaultConnectMs),
    choose: connectors.choose,
    breakers,
    renewsConnections: cluster.commonLbConfig?.closeConnectionsOnHostSetChange === true,
    http,
    balancing,
    outliers: compileOutlierDetection(cluster),
    endpoints: discovery.kind === 'eds' ? noEndpoints : readEndpoints(cluster.loadAssignment),
    // Istio ends the names with a semicolon, for expressions that read them.
    statName: (cluster.altStatName || cluster.name || '').replace(/;$/, '').replaceAll(':', '_'),
    warnings: [
      ...balancing.warnings,
      ...(connectors.unverified ? [unverified(cluster)] : []),
      ...ignoredParts(cluster).map((it) => `${it} is accepted but does nothing`),
    ],
  }
}

const unsupported = ['upstreamConfig', 'transportSocketMatcher']
/** Envoy's. */
const defaultConnectMs = 5000
const defaultRefreshMs = 5000
const defaultCleanupMs = 5000

function compileDiscovery(cluster: ClusterJson): Discovery {
  if (cluster.clusterType !== undefined) return compileAggregate(cluster.clusterType, cluster)
  switch (cluster.type ?? 'STATIC') {
    case 'STATIC':
      return { kind: 'static' }
    case 'EDS':
      return {
        kind: 'eds',
        serviceName: cluster.edsClusterConfig?.serviceName || (cluster.name ?? ''),
      }
    case 'STRICT_DNS':
      return compileDns(cluster, false)
    case 'LOGICAL_DNS':
      return compileDns(cluster, true)
    case 'ORIGINAL_DST':
      return compileOriginalDst(cluster)
    default:
      return refuse(`cluster type ${JSON.stringify(cluster.type)} is not supported`)
  }
}

const aggregateConfig = 'envoy.extensions.clusters.aggregate.v3.ClusterConfig'

function compileAggregate(
  { name = '', typedConfig }: NonNullable<ClusterJson['clusterType']>,
  { lbPolicy }: ClusterJson,
): Discovery {
  const config = typedConfig && unwrapTypedStruct(typedConfig)
  if (config === undefined || typeNameOf(config['@type']) !== aggregateConfig) {
    return refuse(`cluster_type ${JSON.stringify(name)} is not supported`)
  }
  if (lbPolicy !== 'CLUSTER_PROVIDED') {
    refuse('an aggregate cluster has the lb_policy CLUSTER_PROVIDED')
  }
  // The shape was validated with its message type.
  const { clusters = [] } = config as AggregateJson
  return { kind: 'aggregate', clusters }
}

function compileDns(cluster: ClusterJson, logical: boolean): Discovery {
  const refreshMs = durationMs(cluster.dnsRefreshRate, defaultRefreshMs)
  const count = (cluster.loadAssignment?.endpoints ?? []).flatMap((it) => it.lbEndpoints ?? [])
  if (logical && count.length !== 1) refuse('a LOGICAL_DNS cluster has exactly one endpoint')
  return {
    kind: 'dns',
    logical,
    refreshMs,
    failureRefreshMs: durationMs(cluster.dnsFailureRefreshRate?.baseInterval, refreshMs),
    family: families[cluster.dnsLookupFamily ?? 'AUTO'] ?? 'any',
    jitterMs: durationMs(cluster.dnsJitter, 0),
  }
}

const families: Readonly<Record<string, DnsFamily | undefined>> = {
  V4_ONLY: 'v4',
  V6_ONLY: 'v6',
}

function compileOriginalDst(cluster: ClusterJson): Discovery {
  const config = cluster.originalDstLbConfig ?? {}
  refuseFields('original_dst_lb_config', config, ['metadataKey'])
  const header = config.httpHeaderName || 'x-envoy-original-dst-host'
  return {
    kind: 'original-dst',
    header: config.useHttpHeader === true ? header.toLowerCase() : undefined,
    portOverride: config.upstreamPortOverride,
    cleanupMs: timeoutMs(cluster.cleanupInterval, defaultCleanupMs),
  }
}

/** Istio's cluster filter, which only tells telemetry who is who. */
const inertFilters = new Set([
  'envoy.tcp.metadataexchange.config.MetadataExchange',
  'envoy.extensions.filters.network.metadata_exchange.MetadataExchange',
])

function unverified(cluster: ClusterJson): string {
  return `cluster ${cluster.name} does not verify certificates: its TLS context has no trusted_ca`
}

function ignoredParts(cluster: ClusterJson): string[] {
  const ignored: string[] = []
  for (const { name, typedConfig } of cluster.filters ?? []) {
    const type = typeNameOf(typedConfig ? unwrapTypedStruct(typedConfig)['@type'] : '')
    if (!inertFilters.has(type)) {
      refuse(`cluster filter ${JSON.stringify(name ?? '')} of type ${type} is not supported`)
    }
    ignored.push(type)
  }
  return [...ignored, ...unheededFields(cluster)]
}
