export type { AdminSource, DynamicResource, ServerState } from './admin/admin-page.ts'
export { type AdminServer, serveAdmin } from './admin/admin-server.ts'
export type { Clock, Log, LogEntry, Random, Timers } from './ambient.ts'
export type { CircuitLimits, ClusterReport, HostReport } from './cluster/cluster-report.ts'
export type { DnsFamily, DnsResolver } from './cluster/dns-resolver.ts'
export { createProxy } from './create-proxy.ts'
export { ProxyError, type ProxyErrorCode } from './errors.ts'
export type {
  FilterConfigJson,
  FilterContext,
  FilterDecision,
  FilterStream,
  HttpFilter,
  HttpFilterType,
  LocalReply,
} from './filters/http-filter.ts'
export { HeaderList } from './http/header-list.ts'
export type {
  ConnectionFacts,
  HttpVersion,
  RequestHead,
  ResponseHead,
  TlsFacts,
} from './http/stream.ts'
export type { HeldSocket, PortClaim, PortSource } from './listener/port-source.ts'
export type { BoundAddress, DrainOptions, MeshProxy } from './proxy.ts'
export type { DrainStrategy, ProxyNode, ProxyOptions } from './proxy-options.ts'
export { type StartedProxy, type StartProxyOptions, startProxy } from './start-proxy.ts'
export type { StatTag } from './stats/stat-tags.ts'
export type { Counter, Gauge, Histogram, StatsScope } from './stats/stats.ts'
export type { Stat, StatsStore } from './stats/stats-store.ts'
export { runProxyWorker, type WorkerOptions } from './supervisor/proxy-worker.ts'
export {
  type SupervisedProxy,
  type SuperviseOptions,
  superviseProxy,
} from './supervisor/supervise-proxy.ts'
export { type ProxyView, type Resources, viewOf } from './view.ts'
