export type {
  AdminAddress,
  AdsCredentials,
  AdsSource,
  Bootstrap,
  DynamicSource,
  PemSource,
  StaticResources,
} from './bootstrap/bootstrap.ts'
export type { BootstrapFault } from './bootstrap/bootstrap-fault.ts'
export { type ParseBootstrapOptions, parseBootstrap } from './bootstrap/parse-bootstrap.ts'
export { edsNameOf } from './cache/references.ts'
export { createXdsClient } from './create-xds-client.ts'
export { BootstrapError, XdsClientError, type XdsClientErrorCode } from './errors.ts'
export type { Log, LogEntry } from './log.ts'
export type { XdsStats } from './stats.ts'
export type { Clock, Timers } from './time.ts'
export type {
  XdsClient,
  XdsClientOptions,
  XdsLimits,
  XdsResourceStatus,
  XdsStatus,
  XdsTypeStatus,
} from './xds-client.ts'
export { emptyView, type XdsView } from './xds-view.ts'
