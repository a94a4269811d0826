export type { ClientStatus, SyncStatus, TypeStatus } from './client-status.ts'
export type { Clock, Timers } from './defaults.ts'
export type { DeliveryMark, Rejection } from './delivery.ts'
export { XdsServerError, type XdsServerErrorCode } from './errors.ts'
export type { ClientIdentity, Convergence, ResponseEvent, XdsServerEvents } from './events.ts'
export type { XdsServerLimits, XdsServerOptions } from './options.ts'
export type { ResourceSet } from './resource-set.ts'
export type { Variant } from './session.ts'
export {
  type Address,
  createXdsServer,
  type ListenOptions,
  type ServedResources,
  type XdsServer,
} from './xds-server.ts'
