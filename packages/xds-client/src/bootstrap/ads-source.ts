import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type {
  AddressJson,
  ApiConfigSourceJson,
  GrpcServiceJson,
} from '@meshwright/xds-types/envoy/config/core/v3'
import { clusterCredentials, googleCredentials } from './ads-credentials.ts'
import type { AdsCredentials, AdsSource } from './bootstrap.ts'
import type { PathFault } from './located-text.ts'

const variants: Readonly<Record<string, AdsSource['variant']>> = {
  GRPC: 'sotw',
  AGGREGATED_GRPC: 'sotw',
  DELTA_GRPC: 'delta',
  AGGREGATED_DELTA_GRPC: 'delta',
}
const at = 'dynamic_resources.ads_config'

/** Where the stream goes, and how it is secured. */
interface AdsTarget {
  readonly target: string
  readonly authority: string | undefined
  readonly credentials: AdsCredentials
  readonly keepaliveMs: number
  readonly maxMessageBytes: number | undefined
}

const defaultKeepaliveMs = 330_000

/** Finds out how to reach the control plane; what cannot be done goes to `faults`. */
export function resolveAdsSource(
  config: ApiConfigSourceJson,
  clusters: readonly ClusterJson[],
  faults: PathFault[],
): AdsSource | undefined {
  const variant = variants[config.apiType ?? '']
  if (variant === undefined) {
    const message = `expected GRPC or DELTA_GRPC, got ${config.apiType ?? 'nothing'}`
    faults.push({ path: `${at}.api_type`, message })
  }
  if (config.transportApiVersion !== undefined && config.transportApiVersion !== 'V3') {
    const message = `expected V3, got ${config.transportApiVersion}`
    faults.push({ path: `${at}.transport_api_version`, message })
  }
  const [service, ...others] = config.grpcServices ?? []
  if (service === undefined || others.length > 0) {
    const message = `expected one service, got ${config.grpcServices?.length ?? 0}`
    faults.push({ path: `${at}.grpc_services`, message })
    return undefined
  }
  const target = targetOf(service, clusters, faults)
  if (variant === undefined || target === undefined) return undefined
  return {
    variant,
    ...target,
    nodeOnFirstMessageOnly: config.setNodeOnFirstMessageOnly ?? false,
    metadata: (service.initialMetadata ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
  }
}

function targetOf(
  service: GrpcServiceJson,
  clusters: readonly ClusterJson[],
  faults: PathFault[],
): AdsTarget | undefined {
  const path = `${at}.grpc_services[0]`
  if (service.googleGrpc !== undefined) {
    const credentials = googleCredentials(service.googleGrpc, (name, message) =>
      faults.push({ path: `${path}.google_grpc.${name}`, message }),
    )
    const target = service.googleGrpc.targetUri ?? ''
    return {
      target,
      authority: undefined,
      credentials,
      keepaliveMs: defaultKeepaliveMs,
      maxMessageBytes: undefined,
    }
  }
  const { clusterName, authority, maxReceiveMessageLength } = service.envoyGrpc ?? {}
  const index = clusters.findIndex(({ name }) => name === clusterName)
  const cluster = clusters[index]
  if (cluster === undefined) {
    const message = `expected the name of a static cluster, got ${JSON.stringify(clusterName ?? '')}`
    faults.push({ path: `${path}.envoy_grpc.cluster_name`, message })
    return undefined
  }
  const keepaliveSeconds = cluster.upstreamConnectionOptions?.tcpKeepalive?.keepaliveTime
  const clusterPath = `static_resources.clusters[${index}]`
  const target = addressOf(cluster)
  if (target === undefined) {
    const message = 'expected an endpoint with a socket address or a pipe, for the control plane'
    faults.push({ path: `${clusterPath}.load_assignment`, message })
    return undefined
  }
  const credentials = clusterCredentials(cluster, (name, message) =>
    faults.push({ path: `${clusterPath}.transport_socket.typed_config.${name}`, message }),
  )
  return {
    target,
    authority: authority || undefined,
    credentials,
    keepaliveMs: keepaliveSeconds === undefined ? defaultKeepaliveMs : keepaliveSeconds * 1000,
    maxMessageBytes: maxReceiveMessageLength,
  }
}

// Several endpoints are one target only where all are IPv4 addresses; else the first one is the control plane.
function addressOf(cluster: ClusterJson): string | undefined {
  const addresses = (cluster.loadAssignment?.endpoints ?? [])
    .flatMap((locality) => locality.lbEndpoints ?? [])
    .map(({ endpoint }) => endpoint?.address)
    .filter((address) => address !== undefined)
  const sockets = addresses.map(ipv4Of)
  if (sockets.length > 1 && sockets.every((socket) => socket !== undefined)) {
    return `ipv4:${sockets.join(',')}`
  }
  const [first] = addresses
  return first && targetOfAddress(first)
}

function ipv4Of({ socketAddress }: AddressJson): string | undefined {
  const { address = '', portValue = 0 } = socketAddress ?? {}
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) ? `${address}:${portValue}` : undefined
}

function targetOfAddress({ pipe, socketAddress }: AddressJson): string | undefined {
  if (pipe !== undefined) return `unix:${pipe.path ?? ''}`
  if (socketAddress === undefined) return undefined
  const { address = '', portValue = 0 } = socketAddress
  return address.includes(':') ? `ipv6:[${address}]:${portValue}` : `${address}:${portValue}`
}
