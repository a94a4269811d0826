import type { Bootstrap, XdsLimits, XdsStatus } from '@meshwright/xds-client'
import { launchProxy } from './launch-proxy.ts'
import type { BoundAddress, DrainOptions, MeshProxy } from './proxy.ts'
import type { ProxyOptions } from './proxy-options.ts'

/** A proxy that takes its configuration from a bootstrap and the control plane that it names. */
export interface StartProxyOptions extends Omit<ProxyOptions, 'node'> {
  /** As `parseBootstrap` of `@meshwright/xds-client` gives it. */
  readonly bootstrap: Bootstrap
  /** A file that keeps the accepted resources, for a start while the control plane cannot be reached. Default: none. */
  readonly persist?: string
  readonly limits?: XdsLimits
  /** Called on `POST /quitquitquit`. Default: the proxy is closed. */
  readonly onQuit?: () => void
}

/** A proxy at work, with its client and its admin API. */
export interface StartedProxy extends AsyncDisposable {
  readonly proxy: MeshProxy
  /** Where the admin API is bound; undefined if the bootstrap names none. */
  readonly admin: BoundAddress | undefined
  /** Resolves once the first configuration is complete and in force. Rejects when it cannot be, and when closed before. */
  readonly ready: Promise<void>
  /** How it stands with the control plane. */
  status(): XdsStatus
  /** Leaves the control plane, stops accepting and lets connections finish; the admin API stays. */
  drain(options?: DrainOptions): Promise<void>
  /** Ends everything now. */
  close(): Promise<void>
}

/**
 * Starts a proxy: static resources are in force when it resolves, the control plane's when `ready` does.
 *
 * Rejects when a static resource cannot be honored or the admin address cannot be bound.
 */
export function startProxy(options: StartProxyOptions): Promise<StartedProxy> {
  return launchProxy(options)
}
