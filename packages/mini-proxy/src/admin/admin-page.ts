import type { BootstrapJson } from '@meshwright/xds-types/envoy/config/bootstrap/v3'
import type { MeshProxy } from '../proxy.ts'

/** Where the proxy stands, in Envoy's words. */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING'

/** What the pages of the admin API are made from. */
export interface AdminSource {
  readonly proxy: MeshProxy
  readonly state: () => ServerState
  /** As given; for `/server_info`. */
  readonly node: object
  /** For `/config_dump`. Default: none is shown. */
  readonly bootstrap?: BootstrapJson
  /** Resources that came from a control plane; all others are shown as static. */
  readonly dynamicResources?: () => readonly DynamicResource[]
  /** Seconds since the start. */
  readonly uptimeSeconds: () => number
  /** Asked to end the process; called after the answer is sent. */
  readonly onQuit: () => void
}

/** Where a resource of the view came from. */
export interface DynamicResource {
  readonly typeUrl: string
  readonly name: string
  readonly version: string
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
}

/** An answer of the admin API. */
export interface AdminPage {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** A page in plain text. */
export function textPage(body: string, status = 200): AdminPage {
  return { status, contentType: 'text/plain; charset=UTF-8', body }
}

/** A page in JSON, indented as Envoy does. */
export function jsonPage(value: object): AdminPage {
  return {
    status: 200,
    contentType: 'application/json',
    body: `${JSON.stringify(value, undefined, 1)}\n`,
  }
}
