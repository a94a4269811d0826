import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type {
  ConfigSourceJson,
  TransportSocketJson,
} from '@meshwright/xds-types/envoy/config/core/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { configSourceFault } from './config-source.ts'

/** A secret that a resource asks for over ADS. Secrets of other sources are whoever's that uses the resource. */
export interface SecretReference {
  readonly name: string
  readonly source: ConfigSourceJson
}

/** The secrets of a listener's filter chains. */
export function secretsOfListener(listener: ListenerJson): readonly SecretReference[] {
  const chains = [...(listener.filterChains ?? []), listener.defaultFilterChain ?? {}]
  return chains.flatMap(({ transportSocket }) => secretsOfSocket(transportSocket))
}

/** The secrets of a cluster's transport sockets. */
export function secretsOfCluster(cluster: ClusterJson): readonly SecretReference[] {
  const sockets = [
    cluster.transportSocket,
    ...(cluster.transportSocketMatches ?? []).map((it) => it.transportSocket),
  ]
  return sockets.flatMap(secretsOfSocket)
}

/** What of a transport socket's JSON is looked at: TLS contexts, and sockets around others. */
interface SocketConfig {
  readonly transportSocket?: TransportSocketJson
  readonly commonTlsContext?: {
    readonly tlsCertificateSdsSecretConfigs?: readonly SdsSecretConfig[]
    readonly validationContextSdsSecretConfig?: SdsSecretConfig
    readonly combinedValidationContext?: {
      readonly validationContextSdsSecretConfig?: SdsSecretConfig
    }
  }
}

interface SdsSecretConfig {
  readonly name?: string
  readonly sdsConfig?: ConfigSourceJson
}

function secretsOfSocket(socket: TransportSocketJson | undefined): readonly SecretReference[] {
  if (socket?.typedConfig === undefined) return []
  // The JSON came from decoding a transport socket; of one of another type these fields are absent.
  const { commonTlsContext: context, transportSocket } = socket.typedConfig as SocketConfig
  const configs = [
    ...(context?.tlsCertificateSdsSecretConfigs ?? []),
    context?.validationContextSdsSecretConfig,
    context?.combinedValidationContext?.validationContextSdsSecretConfig,
  ]
  const own = configs.flatMap((it) => {
    const { name, sdsConfig } = it ?? {}
    if (!name || sdsConfig === undefined || configSourceFault(sdsConfig) !== undefined) return []
    return [{ name, source: sdsConfig }]
  })
  return transportSocket === undefined ? own : [...own, ...secretsOfSocket(transportSocket)]
}
