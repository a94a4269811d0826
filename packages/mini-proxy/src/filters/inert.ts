import type { HttpFilterType } from './http-filter.ts'

/** Filters that only gather what telemetry wants to know, or pass it on: traffic is the same without them. */
export const inertFilterTypes: readonly HttpFilterType[] = [
  'io.istio.http.peer_metadata.Config',
  'envoy.extensions.filters.http.peer_metadata.v3.Config',
  'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig',
  'istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig',
  'stats.PluginConfig',
].map((type) => ({ configTypes: [type], inert: true, create: () => () => undefined }))
