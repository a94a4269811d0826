import type { Ambient } from '../ambient.ts'
import type { HcmStats } from '../hcm/hcm-stats.ts'
import type { HeaderFormatter } from './header-formatter.ts'

/** What the routers of one connection manager share. */
export interface RouterContext extends Ambient {
  readonly stats: HcmStats
  readonly headers: HeaderFormatter
  /** No `x-envoy-*` headers to the upstream and the client. Envoy: suppress_envoy_headers. */
  readonly suppressEnvoyHeaders: boolean
  /** Bytes of a request's body that are kept to send them again. Envoy: per_connection_buffer_limit_bytes. */
  readonly bufferLimitBytes: number
}
