import type { BootstrapJson } from '@meshwright/xds-types/envoy/config/bootstrap/v3'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'

/** A bootstrap that has been parsed and checked; see {@link parseBootstrap}. */
export interface Bootstrap {
  /** Who this proxy is, as sent to the control plane: `userAgentName`, version and `clientFeatures` are filled in. */
  readonly node: NodeJson
  /** Where the admin API listens; undefined: nowhere. */
  readonly admin: AdminAddress | undefined
  readonly staticResources: StaticResources
  /** The aggregated stream of the control plane; undefined: static resources are all there is. */
  readonly ads: AdsSource | undefined
  /** Whether listeners come over ADS, and how long the first answer may take. */
  readonly lds: DynamicSource | undefined
  /** Whether clusters come over ADS, and how long the first answer may take. */
  readonly cds: DynamicSource | undefined
  /** All of the bootstrap in canonical JSON, as for `/config_dump`. */
  readonly json: BootstrapJson
}

/** A socket address of the admin API. */
export interface AdminAddress {
  /** An IP address. */
  readonly address: string
  /** 0: any free port. */
  readonly port: number
}

/** What the bootstrap itself carries. Names are unique within a list. */
export interface StaticResources {
  readonly listeners: readonly ListenerJson[]
  readonly clusters: readonly ClusterJson[]
  readonly secrets: readonly SecretJson[]
}

/** A type of resource that comes over ADS. */
export interface DynamicSource {
  /** Milliseconds until start-up goes on without a first answer; 0: it waits for ever. Default in Envoy and here: 15 000. */
  readonly initialFetchTimeoutMs: number
}

/** How to reach the control plane. */
export interface AdsSource {
  /** `GRPC` is the state of the world, `DELTA_GRPC` is incremental. */
  readonly variant: 'sotw' | 'delta'
  /** A gRPC target: `127.0.0.1:15010`, `dns:///host:port`, `unix:/path`. */
  readonly target: string
  /** The HTTP/2 `:authority`, if it is not the target's. */
  readonly authority: string | undefined
  readonly credentials: AdsCredentials
  /** Whether only the first request of a stream names the node. */
  readonly nodeOnFirstMessageOnly: boolean
  /** Metadata of the stream. */
  readonly metadata: readonly (readonly [name: string, value: string])[]
  /**
   * Milliseconds of silence after which the connection is probed. From `upstream_connection_options.tcp_keepalive` of the
   * cluster. Default: 330 000, because gRPC servers end connections that are probed more often than every 5 minutes.
   */
  readonly keepaliveMs: number
  /** Largest response in bytes; undefined: the client's own limit. */
  readonly maxMessageBytes: number | undefined
}

/** How the stream to the control plane is secured. Fields hold PEM text or name a file. */
export type AdsCredentials =
  | { readonly kind: 'insecure' }
  | {
      readonly kind: 'tls'
      readonly roots: PemSource | undefined
      readonly certificateChain: PemSource | undefined
      readonly privateKey: PemSource | undefined
      /** The server name to send and to check, if not the target's host. */
      readonly serverName: string | undefined
    }

/** PEM text, or the file or environment variable that holds it. */
export type PemSource =
  | { readonly pem: string }
  | { readonly file: string }
  | { readonly environment: string }
